"""A cluster of one node on this machine, with more CPUs than there are, and commands that work on it."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
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
{first}

def stand_still(number):
    print("step", number, flush=True)
    sys.stdin.readline()

WorkProgress.step = lambda self, step: stand_still(step.number)
WorkProgress.predicted = WorkProgress.scored = lambda self, done, total: stand_still(done)
sys.exit(main())
"""
_DYING = """
from pathlib import Path
os.environ["RAY_AUTH_MODE"] = "token"
import zoo_core.cluster.training as training

class TrainingWorker(training.TrainingWorker):
    def _die_once(self, method, *given):
        done = getattr(super(), method)(*given) if "{when}" == "after" else None
        mark = Path("{mark}")
        if self._steps >= 4 and self._parts.start == {rank} and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return done if "{when}" == "after" else getattr(super(), method)(*given)

    def {method}(self, *given):
        return self._die_once("{method}", *given)

training.TrainingWorker = TrainingWorker
"""
_START = (
    "--block --object-store-memory=100000000 --disable-usage-stats --node-ip-address=127.0.0.1 "
    "--include-log-monitor=false"  # commands do not listen to the logs of workers
)
_WORKERS = tuple(f"ray::{each}".encode() for each in ("TrainingWorker", "ShardWorker", "TrialWorker"))
_HEAD = "--head --include-dashboard=false --no-monitor --port=0"
"""Nothing scales the cluster."""


class Cluster:
    """A cluster that runs on this machine.

    Args:
        folder: for what Ray writes; of a short name, since its sockets have names of limited length.
    """

    def __init__(self, folder: Path) -> None:
        token = folder / "token"
        token.write_text(secrets.token_hex(32))
        # A shell knows no more than the token, as after `zoo cluster start`.
        self.shell = {**os.environ, "RAY_AUTH_TOKEN_PATH": str(token), "OMP_NUM_THREADS": "1"}
        ray = {
            "RAY_AUTH_MODE": "token",
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_memory_monitor_refresh_ms": "0",
            "RAY_raylet_start_wait_time_s": "300",  # 30 are too few on a busy machine
            "RAY_prestart_worker_first_driver": "0",  # a worker for each CPU would begin, and wait for work
        }
        self._temporary = folder / "tmp"
        self._temporary.mkdir()
        self._environment = {**self.shell, **ray, "TMPDIR": str(self._temporary)}
        self._log = folder / "log"
        self._folder = folder
        self.nodes = list[subprocess.Popen[bytes]]()

    def start(self, cpus: int) -> None:
        """Start the head, with so many CPUs."""
        self._start(*_HEAD.split(), f"--num-cpus={cpus}", f"--temp-dir={self._folder}/ray")
        self.address = self._address()

    def add_node(self, cpus: int) -> subprocess.Popen[bytes]:
        """Start one more node, which joins after a while; of two that start at once on a machine one may give up."""
        return self._start(f"--address={self.address}", f"--num-cpus={cpus}")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a node, and wait until it runs."""
        start = [sys.executable, "-m", "ray.scripts.scripts", "start", *_START.split(), *arguments]
        before = len(self._said())
        with self._log.open("a") as log:
            node = subprocess.Popen(start, env=self._environment, stdout=log, stderr=log, start_new_session=True)
        self.nodes.append(node)
        while " -- --block" not in self._said()[before:]:
            assert node.poll() is None, self._said()
            time.sleep(0.1)
        return node

    def _said(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def _address(self) -> str:
        """Where the cluster can be reached."""
        found = re.search(r"--address='([^']+)'", self._said())
        assert found, self._said()
        return found[1]

    def end(self, node: subprocess.Popen[bytes]) -> None:
        """End a node as a power cut would, all its processes at once; asked to end, Ray takes more than ten seconds."""
        _signal(node, signal.SIGKILL)
        node.wait()
        self.nodes.remove(node)

    @staticmethod
    def freeze(node: subprocess.Popen[bytes]) -> None:
        """Have a node answer no longer, as one whose cable is pulled: no connection to it breaks."""
        _signal(node, signal.SIGSTOP)

    def close(self) -> None:
        """End all nodes."""
        for each in [*self.nodes]:
            self.end(each)

    def left_behind(self) -> list[object]:
        """Workers, and temporary files of the zoo."""
        return [*self.workers(), *self._temporary.glob("zoo-*")]

    def workers(self, node: subprocess.Popen[bytes] | None = None) -> list[int]:
        """Process numbers of the workers, of all nodes or of one."""
        nodes = {each.pid for each in ([node] if node else self.nodes)}
        return [pid for pid in _processes() if _is_worker(pid) and nodes.intersection(_ancestors(pid))]


def _signal(node: subprocess.Popen[bytes], number: signal.Signals) -> None:
    for each in [pid for pid in _processes() if node.pid in _ancestors(pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, number)


def _processes() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]


def _is_worker(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(_WORKERS)
    except OSError:
        return False


def _ancestors(pid: int) -> list[int]:
    """The process itself, and all from which it came."""
    found = []
    with contextlib.suppress(OSError):
        while pid > 1:
            found.append(pid)
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found


class Command:
    """A ``zoo`` that stands still after each step or shard until it is told to go on.

    Args:
        environment: of the process.
        folder: in which it runs.
        arguments: of the command.
        first: what its process does before.
    """

    def __init__(self, environment: dict[str, str], folder: Path, *arguments: str, first: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ZOO.format(first=first), *arguments],
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
    yield from started_cluster(cpus=8)


@pytest.fixture
def empty_cluster() -> Iterator[Cluster]:
    """A head without CPUs, to which nodes are added."""
    yield from started_cluster(cpus=0)


def started_cluster(cpus: int) -> Iterator[Cluster]:
    """One with a head of so many CPUs, which ends afterwards."""
    with tempfile.TemporaryDirectory(prefix="zoo-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        # A SIGTERM would end the tests and leave the cluster running.
        before = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", 143))
        started = Cluster(Path(folder))
        try:
            started.start(cpus)
            yield started
        finally:
            started.close()
            signal.signal(signal.SIGTERM, before)


@pytest.fixture
def train(cluster: Cluster, command: Callable[..., Command], tmp_path: Path) -> Callable[..., Command]:
    """Begins ``zoo train`` on the cluster."""

    def begin(*arguments: str, first: str = "", on: Cluster = cluster, **settings: object) -> Command:
        given = [each for each in arguments if each != "alone"]
        where = () if "alone" in arguments else ("--cluster", on.address)
        return command("train", *training(tmp_path, *given, **settings), *where, first=first, on=on)

    return begin


def training(folder: Path, *arguments: str, **settings: object) -> list[str]:
    """Arguments of a training into a folder, or of one that goes on."""
    if "--resume" in arguments:
        return [*arguments]
    changed = {**SETTINGS, **{key.replace("__", "."): value for key, value in settings.items()}}
    pairs = [f"--set={key}={value}" for key, value in changed.items()]
    return ["tinyssd_shapes", "--out", str(folder / "run"), *arguments, *pairs]


@pytest.fixture
def command(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Begins any command of ``zoo``, in the folder of the test."""
    begun = []

    def begin(*arguments: str, first: str = "", on: Cluster = cluster) -> Command:
        begun.append(Command(on.shell, tmp_path, *arguments, first=first))
        return begun[-1]

    yield begin
    for each in begun:
        each.process.kill()
        each.process.communicate()


def assert_all_gone(cluster: Cluster) -> None:
    """No worker is left, and no temporary file of one."""
    for _ in range(100):
        if not cluster.left_behind():
            return
        time.sleep(0.1)
    raise AssertionError(cluster.left_behind())


def train_while_it_dies(train: Callable[..., Command], first: str, mark: Path, **settings: object) -> str:
    """Two workers train to the end though one dies, as `dying` has it; what the command says."""
    code, said = train("--workers", "2", first=first, **settings).end()
    assert code == 0, said
    assert mark.exists()
    return said


def train_with_a_frozen_worker(cluster: Cluster, train: Callable[..., Command], **settings: object) -> None:
    """Two workers train to the end though one stands still, which is ended."""
    command = train("--workers", "2", **settings)
    command.until(4)
    frozen = cluster.workers()[-1]
    os.kill(frozen, signal.SIGSTOP)
    code, said = command.end()
    assert code == 0, said
    assert "lost; goes on with 2, 0 steps done again" in said
    assert not Path(f"/proc/{frozen}").exists()


def dying(method: str, rank: int, when: str, mark: Path) -> str:
    """What a command does first, so that its worker whose first part this is dies once in a method.

    Args:
        method: of `TrainingWorker`.
        rank: of the part.
        when: before or after it.
        mark: a file that is there from then on.
    """
    return _DYING.format(method=method, rank=rank, when=when, mark=mark)


def digest(run: Path) -> str:
    """Of all that the last checkpoint keeps, and of the weights that are kept."""
    arrays = Checkpoints(run / "checkpoints").last().arrays
    kept = b"".join(name.encode() + arrays[name].tobytes() for name in sorted(arrays) if name != "state")
    return sha256(kept + (run / "weights.params").read_bytes()).hexdigest()


def write_pictures(folder: Path, count: int) -> None:
    """Small pictures of two sizes."""
    rng = np.random.default_rng(0)
    for number in range(count):
        size = (24, 32) if number % 3 else (40, 20)
        cv2.imwrite(str(folder / f"{number:05}.png"), rng.integers(0, 256, (*size, 3), dtype=np.uint8))


def merged(folder: Path) -> bytes:
    """The lines of all shards."""
    return b"".join(each.read_bytes() for each in sorted(folder.glob("*.jsonl")))
