"""Workers of a cluster on this machine: what exchanging gradients costs, and prediction in shards against one process.

All ways take turns, so that a noisy machine is noisy for all. Processor time is that of the command, its workers and
Ray's own processes together. More workers than there are cores say nothing of wall-clock time.
"""

from __future__ import annotations

import os
import pickle
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np

# Ray reads these when it is imported.
os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "OMP_NUM_THREADS": "1"}
import ray

import zoo_core as zoo
from zoo_core.cluster.circumstances import Circumstances, flat_versions
from zoo_core.cluster.exchange import Exchange, contributions, taken
from zoo_core.cluster.learner import ClusterLearner
from zoo_core.cluster.model import Model
from zoo_core.cluster.predicting import PictureWork
from zoo_core.cluster.room import Room
from zoo_core.cluster.shards import ShardWorker, parts_of
from zoo_core.cluster.sharing import Sharing
from zoo_core.cluster.training_worker import TrainingWorker
from zoo_core.cluster.workers import Workers
from zoo_core.config.detector import DetectorConfig
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.bench.machine import machine
from zoo_core.prediction.sources.finding import Inputs
from zoo_core.training.session import batches_for

__all__ = ["main"]

_WORKERS = (1, 2, 4)
_EXCHANGES: tuple[tuple[str, Exchange], ...] = (("mxnet", "exact"), ("torch", "exact"), ("torch", "fast"))
_PARTS, _BATCH = 4, 16
_ROUNDS = int(os.environ.get("ZOO_ROUNDS", "15"))
_PICTURES = 256
_REFERENCES = 64
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure training, then prediction."""
    print(machine())
    with _cluster():
        _exchange()
        _references()
        _prediction()


@contextmanager
def _cluster() -> Iterator[None]:
    ray.init(
        num_cpus=16,
        include_dashboard=False,
        log_to_driver=False,
        _node_ip_address="127.0.0.1",
        object_store_memory=500_000_000,
    )
    try:
        yield
    finally:
        ray.shutdown()


def _exchange() -> None:
    """Training steps of TinySSD at 256 in one process and by workers, for each engine and each way of exchanging."""
    for engine in dict.fromkeys(engine for engine, _ in _EXCHANGES):
        settings = {
            "training.parts": _PARTS,
            "training.batch_size": _BATCH,
            "data.train_images": 4 * _BATCH,
            "training.epochs": _ROUNDS,
            "data.image_size": 256,
            "device": "cpu",
            "engine": engine,
        }
        config = zoo.load_config("tinyssd_shapes", {**settings, "input_size": 256})
        _compare_training(config, [exchange for each, exchange in _EXCHANGES if each == engine])


def _compare_training(config: DetectorConfig, exchanges: Sequence[Exchange]) -> None:
    train_set = zoo.dataset(config, "train")
    command = Circumstances.of_split(flat_versions(config), "training", train_set)
    detector = zoo.build(config)
    with ExitStack() as stack:
        ways: dict[str, Callable[[int], object]] = {}
        local = detector.engine.learner(config, _BATCH)
        batches = batches_for(detector, train_set).starting_at(0)
        ways["one process"] = lambda _: local.forward_backward(next(batches))
        learners: dict[str, Any] = {"one process": local}

        def nothing_exchanged(_: int) -> float:
            next(batches)  # those of workers are numbered likewise
            return 0.0

        measured: dict[str, Callable[[int], float]] = {"one process": nothing_exchanged}
        for exchange, count in product(exchanges, _WORKERS):
            workers = Workers(TrainingWorker, [config.model_dump(mode="json")], Room(count, count), command, print)
            stack.callback(workers.close)
            learner = ClusterLearner(workers, zoo.build(config).engine.learner(config, _BATCH), exchange, say=print)
            name = f"{count} worker{'s' if count > 1 else ''}, {exchange}"
            learners[name] = learner
            measured[name] = partial(_seconds_of_exchange, workers, exchange)
            ways[name] = lambda number, learner=learner: learner.forward_backward(_numbered(number))
        print(f"\nTraining on {config.engine}: tinyssd at 256, batches of {_BATCH} in {_PARTS} parts, {_ROUNDS} rounds")
        _take_turns(ways, learners, measured)


def _numbered(number: int) -> Batch:
    nothing: Any = None
    return Batch(nothing, nothing, (), number=number)


def _take_turns(
    ways: dict[str, Callable[[int], object]],
    learners: dict[str, Any],
    measured: dict[str, Callable[[int], float]],
) -> None:
    walls, processor, exchange = ({name: list[float]() for name in ways} for _ in range(3))
    for turn in range(_ROUNDS + 1):
        for name, way in ways.items():
            before, began = _processor_seconds(), time.perf_counter()
            learners[name].seed(turn)
            way(2 * turn)
            learners[name].step(1e-4, 1)
            walls[name].append(time.perf_counter() - began)
            processor[name].append(_processor_seconds() - before)
            exchange[name].append(measured[name](2 * turn + 1))
    print(f"  {'medians':18}{'a step':>10}{'exchange':>12}{'CPU an image':>15}{'efficiency':>12}")
    for name in ways:
        wall, cpu, exchanged = (np.median(each[name][1:]) for each in (walls, processor, exchange))
        efficiency = np.median(processor["one process"][1:]) / cpu
        print(f"  {name:18}{wall:8.3f} s{1000 * exchanged:9.1f} ms{1000 * cpu / _BATCH:12.1f} ms{efficiency:12.2f}")


def _seconds_of_exchange(workers: Workers, exchange: Exchange, number: int) -> float:
    """Of a batch whose contributions are there; the step is taken back."""
    handles, batch = workers.handles, (number, number, 0)
    if exchange == "fast":
        ray.get([each.contribute.remote(*batch) for each in handles])
        began = time.perf_counter()
        ray.get([each.reduce.remote() for each in handles])
    else:
        rows = contributions(handles, *batch)
        pieces = [each for row in rows for each in row]
        ray.wait(pieces, num_returns=len(pieces), fetch_local=False)
        began = time.perf_counter()
        ray.get(taken(handles, rows))
    seconds = time.perf_counter() - began
    ray.get([each.abandon.remote() for each in handles])
    return seconds


@ray.remote(num_cpus=0)
class _Echo:
    def pieces(self, count: int) -> tuple[bytes, ...]:
        return (b"",) * count

    def added(self, *pieces: bytes) -> bytes:
        return pieces[0]


def _references() -> None:
    """What each object that is exchanged costs the command, whatever its size."""
    echo = _Echo.remote()
    ray.get(echo.added.remote(b""))
    seconds = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        ray.get(echo.added.remote(*echo.pieces.options(num_returns=_REFERENCES).remote(_REFERENCES)))
        seconds.append((time.process_time() - began) / _REFERENCES)
    ray.kill(echo)
    print(f"\nA piece of an exchange: {1e6 * np.median(seconds):.0f} us of the command")


def _prediction() -> None:
    """Pictures of 640x480 through an exported detector, in this process and in shards."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        noise = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
        picture = cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC)
        for number in range(_PICTURES):
            cv2.imwrite(f"{folder}/{number:04}.jpg", picture)
        file = Path(folder) / "detector.onnx"
        zoo.export(zoo.build("tinyssd_256_voc"), file)
        inputs = [each for each in Inputs([folder]) if not isinstance(each, Exception) and each.name.endswith(".jpg")]
        model = Model(str(file), threads=1)
        detector = model.open()
        work = PictureWork(model, inputs, detector.class_names, 0.5, 8, "jsonl", {})
        opened, parts = work.opened(detector), parts_of(len(inputs), 8)
        ways: dict[str, Callable[[], bytes]] = {
            "one process": lambda: b"".join(opened.shard(each).content for each in parts.values())
        }
        for count in _WORKERS:
            room = Room(count, count, powers_of_two=False)
            workers = Workers(ShardWorker, [pickle.dumps(work)], room, opened.circumstances, print)
            stack.callback(workers.close)
            ways[f"{count} worker{'s' if count > 1 else ''}"] = lambda workers=workers: _in_shards(workers, parts)
        _compare_prediction(ways)


def _in_shards(workers: Workers, parts: dict[int, range]) -> bytes:
    found = dict(Sharing(workers, parts, [*parts], print).all())
    return b"".join(found[each].content for each in parts)


def _compare_prediction(ways: dict[str, Callable[[], bytes]]) -> None:
    rounds = max(3, _ROUNDS // 3)
    walls, processor = ({name: list[float]() for name in ways} for _ in range(2))
    expected = {way() for way in ways.values()}
    if len(expected) > 1:
        raise RuntimeError("workers do not find what one process finds")
    for _ in range(rounds):
        for name, way in ways.items():
            before, began = _processor_seconds(), time.perf_counter()
            way()
            walls[name].append((time.perf_counter() - began) / _PICTURES)
            processor[name].append((_processor_seconds() - before) / _PICTURES)
    print(f"\nPrediction: tinyssd at 256, {_PICTURES} JPEGs of 640x480 from disk, {rounds} rounds, medians")
    print(f"  {'':14}{'a picture':>12}{'CPU a picture':>16}{'to one process':>16}")
    for name in ways:
        wall, cpu = np.median(walls[name]), np.median(processor[name])
        print(f"  {name:14}{1000 * wall:9.2f} ms{1000 * cpu:13.2f} ms{cpu / np.median(processor['one process']):16.2f}")


def _processor_seconds() -> float:
    """Of this process and of all that came from it, as Ray's processes did."""
    facts = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                fields = (each / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            facts[int(each.name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / _TICKS
    return sum(seconds for process, (_, seconds) in facts.items() if _is_ours(process, facts))


def _is_ours(process: int, facts: dict[int, tuple[int, float]]) -> bool:
    while process != os.getpid():
        if process not in facts:
            return False
        process = facts[process][0]
    return True


if __name__ == "__main__":
    main()
