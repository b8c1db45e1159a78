"""PyTorch on a GPU, from a run that MXNet has trained: for machines that have one, with MXNet or without it.

``pytest tests/light/test_gpu.py`` there; elsewhere everything is skipped.
"""

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo

SHORT = {"device": "gpu", "engine": "torch", "training.epochs": 2, "training.batch_size": 4, "data.train_images": 8}
TRAINED = Path(__file__).with_name("trained")
_PEER = """
import socket, sys, torch
from zoo_core.engines.torch.reduction import Reduction
from zoo_core.prediction.engine import PeerLostError, Peers

rank, port = int(sys.argv[1]), int(sys.argv[2])
listener = None if rank else socket.socket(fileno=int(sys.argv[3]))
made = Reduction(Peers(rank, 2, "127.0.0.1", ("127.0.0.1", port), listener), torch.device("cuda", 0))
for line in sys.stdin:
    vector = torch.arange(5, dtype=torch.float32, device="cuda") + rank
    try:
        made.add(vector)
    except PeerLostError as error:
        print("lost:", error, flush=True)
    else:
        print(*vector.tolist(), flush=True)
"""
PROGRAM = (sys.executable, "-c", "import sys; from zoo_core.cli import main; sys.exit(main(sys.argv[1:]))")


def has_gpu():
    if find_spec("torch") is None:
        return False
    import torch

    return torch.cuda.is_available()


pytestmark = pytest.mark.skipif(not has_gpu(), reason="PyTorch sees no GPU")


def zoo_run(*arguments, code=0):
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def trained(out, overrides):
    """The file of weights of a short training on the GPU."""
    settings = {**SHORT, **overrides}
    chosen = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    zoo_run("train", TRAINED / "config.yaml", "--weights", TRAINED, "--out", out, *chosen)
    return (out / "weights.params").read_bytes()


def detections(source, device):
    detector = zoo.load(source, {"nms.score": 0.05}, engine="torch", device=device)
    images = [np.random.default_rng(number).integers(0, 256, (90, 120, 3), np.uint8) for number in range(4)]
    return [detector.predict(image) for image in images]


def test_it_computes_what_the_processor_computes():
    rows = json.loads(zoo_run("doctor", "--parity", TRAINED, "--device", "gpu", "--json"))
    assert rows
    for found, expected in zip(detections(TRAINED, "gpu"), detections(TRAINED, "cpu"), strict=True):
        assert found.names == expected.names
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
        np.testing.assert_allclose(found.boxes, expected.boxes, atol=1e-2)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"training.precision": "bfloat16"},
        {"training.precision": "float16"},
        {"training.optimizer": "adamw", "training.ema_decay": 0.9, "training.accumulate": 2},
        {"training.parts": 2},
    ],
    ids=lambda settings: ",".join(map(str, settings)) or "float32",
)
def test_equal_seeds_train_equal_weights(tmp_path, settings):
    first = trained(tmp_path / "first", settings)
    assert trained(tmp_path / "second", settings) == first
    assert trained(tmp_path / "other", {**settings, "training.seed": 7}) != first


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_stopped_training_ends_with_the_same_weights(tmp_path, precision):
    whole = trained(tmp_path / "whole", {"training.precision": precision})
    stopped = tmp_path / "stopped"
    settings = {**SHORT, "weights.source": str(TRAINED), "training.precision": precision}
    code = (
        "import json, signal, sys, zoo_core as zoo\n"
        "def stop(step):\n"
        "    if step.number == 3: signal.raise_signal(signal.SIGINT)\n"
        "zoo.train(*sys.argv[1:3], json.loads(sys.argv[3]), watch=stop)"
    )
    command = [sys.executable, "-c", code, TRAINED / "config.yaml", stopped, json.dumps(settings)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.stderr.endswith("KeyboardInterrupt\n")
    zoo_run("train", stopped, "--resume")
    assert (stopped / "weights.params").read_bytes() == whole


def test_what_a_gpu_has_trained_runs_on_the_processor(tmp_path):
    trained(tmp_path / "run", {"training.precision": "auto"})
    file = tmp_path / "model.onnx"
    zoo_run("export", tmp_path / "run", file, "--engine", "torch")
    for found, expected in zip(detections(tmp_path / "run", "gpu"), detections(tmp_path / "run", "cpu"), strict=True):
        assert found.names == expected.names
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)


def test_a_gpu_that_is_not_here_is_named():
    said = zoo_run("eval", TRAINED, "--engine", "torch", "--device", "gpu:63", code=2)
    assert "'gpu:63' is not here: PyTorch sees" in said


@contextmanager
def two_peers():
    """Processes that have met; what they are told a line of to add, and answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peers = [
            subprocess.Popen(
                [sys.executable, "-c", _PEER, str(rank), str(listener.getsockname()[1]), str(listener.fileno())],
                # NCCL refuses a GPU to two of a machine, which have to be told apart.
                env={**os.environ, "NCCL_HOSTID": str(rank), "NCCL_SOCKET_IFNAME": "lo"},
                pass_fds=() if rank else (listener.fileno(),),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for rank in range(2)
        ]
    try:
        yield peers
    finally:
        for each in peers:
            each.kill()
            each.communicate()


def told_to_add(peers):
    for each in peers:
        print("add", file=each.stdin, flush=True)
    return [each.stdout.readline().strip() for each in peers]


def test_processes_add_over_nccl_and_one_that_is_gone_is_told():
    with two_peers() as peers:
        assert told_to_add(peers) == ["1.0 3.0 5.0 7.0 9.0"] * 2
        assert told_to_add(peers) == ["1.0 3.0 5.0 7.0 9.0"] * 2
        peers[1].kill()
        peers[1].wait()
        assert told_to_add(peers[:1])[0].startswith("lost: ")
        assert peers[0].poll() is None
    with two_peers() as peers:
        assert told_to_add(peers) == ["1.0 3.0 5.0 7.0 9.0"] * 2
