"""A cluster of one node on this machine, with more CPUs than there are, and commands that work on it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

import zoo_core as zoo
from tests.tiny import SMALL_SHAPES, TINY, new_sure_detector
from zoo_core.training.checkpoints import Checkpoints

pytest.importorskip("ray")
SETTINGS = {
    **SMALL_SHAPES,
    "training.epochs": 5,
    "training.batch_size": 8,
    "training.parts": 4,
    "training.warmup_steps": 0,
    "training.checkpoints.every_steps": 3,
    "device": "cpu",
}
"""Ten steps."""
_ZOO = """
import os, signal, sys
from zoo_core.cli import main
from zoo_core.cli.progress import WorkProgress

def stand_still(number):
    print("step", number, flush=True)
    sys.stdin.readline()

WorkProgress.step = lambda self, step: stand_still(step.number)
WorkProgress.predicted = WorkProgress.scored = lambda self, done, total: stand_still(done)
sys.exit(main(sys.argv[1:]))
"""
_START = (
    "--head --block --num-cpus=8 --object-store-memory=100000000 --include-dashboard=false --disable-usage-stats "
    "--node-ip-address=127.0.0.1 --port=0"
)


class Cluster:
    """A cluster that runs."""

    def __init__(self, process: subprocess.Popen[bytes], address: str, environment: dict[str, str]) -> None:
        self.process, self.address, self.environment = process, address, environment

    def workers(self) -> list[int]:
        """Process numbers of the workers."""
        return [
            pid
            for pid in (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
            if self._is_worker(pid)
        ]

    def _is_worker(self, pid: int) -> bool:
        try:
            name = Path(f"/proc/{pid}/cmdline").read_bytes()
            while name.startswith((b"ray::TrainingWorker", b"ray::ShardWorker")) and pid > 1:
                pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
                if pid == self.process.pid:
                    return True
        except OSError:
            return False
        return False


class Command:
    """A ``zoo`` that stands still after each step or shard until it is told to go on."""

    def __init__(self, environment: dict[str, str], folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ZOO, *arguments],
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, step: int) -> None:
        """Let it make steps until this one is made, or so many pictures are done."""
        assert self.process.stdout
        for line in self.process.stdout:
            if line == f"step {step}\n":
                return
            if line.startswith("step "):
                self.go_on()
        raise AssertionError(self.process.communicate()[1])

    def go_on(self) -> None:
        """Let it make the next step."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self, given: str = "") -> tuple[int, str]:
        """Let it run to its end, given what it reads first; the exit code and what it says."""
        out, err = self.process.communicate(given + "\n" * 100)
        return self.process.returncode, out + err


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An exported detector, for which workers import no MXNet."""
    file = tmp_path_factory.mktemp("model") / "tiny.onnx"
    zoo.export(new_sure_detector(TINY), file)
    return str(file)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One node."""
    folder = Path(tempfile.mkdtemp(prefix="zoo-", dir="/tmp"))  # short: Ray's sockets have names of limited length
    environment = {
        **os.environ,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_memory_monitor_refresh_ms": "0",
        "OMP_NUM_THREADS": "1",
    }
    start = [sys.executable, "-m", "ray.scripts.scripts", "start", *_START.split(), f"--temp-dir={folder}/ray"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(start, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        yield Cluster(process, _address(process, folder / "log"), environment)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # asked to end, Ray takes longer than ten seconds
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the cluster can be reached, once it can."""
    while process.poll() is None:
        said = log.read_text()
        if "--block" in said and (found := re.search(r"--address='([^']+)'", said)):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def train(cluster: Cluster, command: Callable[..., Command], tmp_path: Path) -> Callable[..., Command]:
    """Begins ``zoo train`` on the cluster."""

    def begin(*arguments: str, **settings: object) -> Command:
        changed = {**SETTINGS, **{key.replace("__", "."): value for key, value in settings.items()}}
        pairs = [] if "--resume" in arguments else [f"--set={key}={value}" for key, value in changed.items()]
        config = () if "--resume" in arguments else ("tinyssd_shapes", "--out", str(tmp_path / "run"))
        where = () if "alone" in arguments else ("--cluster", cluster.address)
        given = [each for each in arguments if each != "alone"]
        return command("train", *config, *where, *given, *pairs)

    return begin


@pytest.fixture
def command(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Begins any command of ``zoo``, in the folder of the test."""
    begun = []

    def begin(*arguments: str) -> Command:
        begun.append(Command(cluster.environment, tmp_path, *arguments))
        return begun[-1]

    yield begin
    for each in begun:
        each.process.kill()
        each.process.communicate()


def assert_all_gone(cluster: Cluster) -> None:
    """No worker is left."""
    for _ in range(100):
        if not cluster.workers():
            return
        time.sleep(0.1)
    raise AssertionError(cluster.workers())


def digest(run: Path) -> str:
    """Of all that the last checkpoint keeps, and of the weights that are kept."""
    arrays = Checkpoints(run / "checkpoints").last().arrays
    kept = b"".join(name.encode() + arrays[name].tobytes() for name in sorted(arrays) if name != "state")
    return sha256(kept + (run / "weights.params").read_bytes()).hexdigest()
