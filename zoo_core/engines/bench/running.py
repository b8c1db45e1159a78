"""Measures a detector on every engine that can run it, each in a process of its own, in turn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import ConfigError, DatasetError, ExportError, MissingPackageError, RunError
from zoo_core.common.files import as_path
from zoo_core.common.optional_packages import needing
from zoo_core.data.opening import dataset, dataset_at
from zoo_core.data.pipeline.images import read_image, write_image
from zoo_core.engines.bench.machine import machine
from zoo_core.engines.bench.peers import Peer
from zoo_core.engines.bench.report import BenchReport, EngineReport
from zoo_core.engines.bench.worker import Task, opened
from zoo_core.engines.onnx.profiling import costs as costs_of_file
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["bench"]

_WORKER = "zoo_core.engines.bench.worker"
_BATCHES = 5
_STAGE_ROUNDS = 10
_PICTURE = ImageSize(375, 500)
"""The usual size of a picture of Pascal VOC."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Engine:
    """An engine with what it runs, and the parameters and operations of that."""

    name: str
    task: Task
    costs: tuple[int, int]


def bench(
    source: str | Path,
    *,
    overrides: Sequence[str] = (),
    config: str | None = None,
    picture: Path | None = None,
    batch: int = 8,
    rounds: int = 30,
    int8: Path | None = None,
    progress: Progress | None = None,
) -> BenchReport:
    """What a detector costs: from an image file to boxes, on MXNet and, exported for it, on ONNX Runtime.

    Args:
        source: what `zoo_core.load` takes; or the name of a detector, or a configuration file, for new weights.
        overrides: settings, as ``key=value``.
        config: the detector, where the source does not say it.
        picture: an image file; by default one that is made, of 375x500 pixels.
        batch: how many images go through the network together for the throughput.
        rounds: how often each latency is taken.
        int8: the folder of a data set, on whose training images int8 is calibrated; by default those of the detector.
        progress: called with the rounds that are done and the number of all.

    Raises:
        RunError, ConfigError, MissingPackageError: as `zoo_core.load`.
        DatasetError: the picture or the data set that was named cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        image = picture or _made_picture(Path(folder) / "picture.jpg")
        size = ImageSize(*read_image(image).shape[:2])
        task = Task(str(source), str(image), batch, _STAGE_ROUNDS, tuple(overrides), config)
        engines, left_out = _engines(task, Path(folder), int8)
        reports = _measured(engines, rounds, progress)
    return BenchReport(str(source), machine(), str(size), batch, rounds, reports, left_out)


def _engines(task: Task, folder: Path, calibration: Path | None) -> tuple[list[_Engine], dict[str, str]]:
    """Those that can run a detector, and why others cannot."""
    detector = opened(task.source, task.overrides, task.config)
    image = read_image(task.picture)
    if not isinstance(detector, Detector):
        if calibration is not None:
            raise RunError(f"{task.source}: is already exported, so int8 cannot be calibrated; name its run")
        exported = ExportedDetector(as_path(task.source))
        return [_engine_of(exported, task, image)], {}
    from zoo_core.engines.gluon.costs import costs

    named = None if calibration is None else _pictures(detector, calibration)
    engines, left_out = [_Engine("MXNet", task, costs(detector.config))], {}
    for precision in ("float32", "int8"):
        file = folder / f"{precision}.onnx"
        try:
            _export(detector, file, named or _pictures(detector) if precision == "int8" else None)
        except (ExportError, MissingPackageError) as error:
            left_out[f"ONNX Runtime {precision}"] = str(error)
        except (ConfigError, DatasetError) as error:
            left_out[f"ONNX Runtime {precision}"] = f"no pictures to calibrate it with: {error}"
        else:
            of_file = replace(task, source=str(file), overrides=(), config=None)
            engines.append(_engine_of(ExportedDetector(file), of_file, image))
    return engines, left_out


def _engine_of(exported: ExportedDetector, task: Task, image: NDArray[np.uint8]) -> _Engine:
    return _Engine(_name(exported), task, costs_of_file(exported.path, exported.as_taken(image)))


def _pictures(detector: Detector, root: Path | None = None) -> Dataset:
    """Those to calibrate int8 with: in a folder, or those on which the detector is trained."""
    return dataset(detector.config, "train") if root is None else dataset_at(root, "train", detector.class_names)


def _export(detector: Detector, file: Path, pictures: Dataset | None) -> None:
    """Write a file as `zoo_core.export` does; what int8 loses is not asked here."""
    with needing():
        from zoo_core.engines.onnx.exported_network import exported_network
        from zoo_core.engines.onnx.exporting import Export
        from zoo_core.engines.onnx.quantization import Quantization

    Export(detector, exported_network(detector), quantization=Quantization(pictures) if pictures else None).write(file)


def _name(detector: ImagePredictor) -> str:
    return f"ONNX Runtime {detector.description.precision}" if isinstance(detector, ExportedDetector) else "MXNet"


def _measured(engines: Sequence[_Engine], rounds: int, progress: Progress | None) -> tuple[EngineReport, ...]:
    with ExitStack() as running:
        peers = [running.enter_context(Peer(_WORKER, [each.task.to_json()])) for each in engines]
        latencies = np.empty((rounds, len(peers)))
        for turn in range(rounds):
            for index, peer in enumerate(peers):
                latencies[turn, index] = peer.ask("latency")
            if progress:
                progress(turn + 1, rounds)
        memory = [peer.ask("peak") for peer in peers]
        throughputs = [[peer.ask("throughput") for peer in peers] for _ in range(_BATCHES)]
        memory_of_batch = [peer.ask("peak") for peer in peers]
        stages = [peer.ask("stages") for peer in peers]
    middle, high = np.percentile(latencies, [50, 95], axis=0)
    columns = (middle, high, np.median(throughputs, axis=0), stages, memory, memory_of_batch)
    return tuple(
        EngineReport(engine.name, float(p50), float(p95), float(throughput), parts, peak, peak_of_batch, *engine.costs)
        for engine, p50, p95, throughput, parts, peak, peak_of_batch in zip(engines, *columns, strict=True)
    )


def _made_picture(path: Path) -> Path:
    """A JPEG that is smooth in most places, as photographs are."""
    coarse = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (_PICTURE.width, _PICTURE.height), interpolation=cv2.INTER_CUBIC)
    write_image(np.asarray(image, dtype=np.uint8), path)
    return path
