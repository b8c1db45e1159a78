"""What is measured of a detector: each engine that can run it here, in each precision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.arguments import one_of
from zoo_core.common.errors import ArgumentError, ConfigError, DatasetError, ExportError, MissingPackageError, RunError
from zoo_core.common.files import as_path
from zoo_core.common.optional_packages import needing, way_to_get
from zoo_core.common.tables import ENDINGS
from zoo_core.config.engines import FILE_ENGINES, has_mxnet, require_file_engine
from zoo_core.config.loading import load_config
from zoo_core.config.run_folder import RunFolder
from zoo_core.data.opening import dataset, dataset_at
from zoo_core.data.pipeline.images import read_image
from zoo_core.engines.bench.worker import Task
from zoo_core.engines.onnx.execution import PRECISIONS
from zoo_core.engines.onnx.profiling import costs as costs_of_file
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.engines.opening import build, is_exported, load
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.registry.registry import default_registry

__all__ = ["ALL_ENGINES", "Subject", "Subjects", "opened", "subjects_of"]

_NETWORK_ENGINES = ("mxnet", "torch")
ALL_ENGINES = (*_NETWORK_ENGINES, *FILE_ENGINES)
_INT8 = "int8"
_ANY_ENGINE = "engine=auto"
"""Whichever a configuration names, each that is here is measured."""


@dataclass(frozen=True)
class Subject:
    """An engine with what it runs.

    Attributes:
        engine: its name.
        precision: precision in which the network computes.
        task: what its process is given.
        costs: parameters and multiply-adds of what it runs.
    """

    engine: str
    precision: str
    task: Task
    costs: tuple[int, int]


@dataclass(frozen=True)
class Subjects:
    """What is measured, and what is not.

    Attributes:
        measured: in the order in which they are reported.
        left_out: why an engine, or one with a precision, is not measured.
    """

    measured: list[Subject] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


def opened(source: str, overrides: Sequence[str] = (), config: str | None = None) -> ImagePredictor:
    """A detector as `zoo_core.load` gives it; or with new weights, of a registered name or a configuration file."""
    names = default_registry().detectors()
    if source in names or Path(source).suffix.lower() in ENDINGS:
        if config is not None:
            raise ArgumentError(f"config: only for weights; {source} is a configuration itself")
        return build(load_config(source, [_ANY_ENGINE, *overrides]))
    return load(source, list(overrides) or None if is_exported(source) else [_ANY_ENGINE, *overrides], config)


def subjects_of(
    detector: ImagePredictor, task: Task, folder: Path, engines: Sequence[str], calibration: Path | None
) -> Subjects:
    """What can be measured of a detector.

    Args:
        detector: of `opened`.
        task: what is the same for all.
        folder: for the run and the files that are measured.
        engines: those that are wanted; empty for all that are here.
        calibration: the folder of a data set to calibrate int8 with.

    Raises:
        ArgumentError: there is no such engine, or it runs no exported files.
        MissingPackageError: an engine that was asked for is not installed.
        RunError: int8 cannot be calibrated, since the detector is exported already.
    """
    for each in engines:
        one_of(*ALL_ENGINES)("engine", each)
    found = Subjects()
    if isinstance(detector, ExportedDetector):
        if calibration is not None:
            raise RunError(f"{task.source}: is already exported, so int8 cannot be calibrated; name its run")
        for each in engines:
            require_file_engine(each)
        _add_file(found, detector, task, _here(found, engines, FILE_ENGINES))
    elif isinstance(detector, Detector):
        here = _here(found, engines, ALL_ENGINES)
        _add_networks(found, detector, replace(task, source=str(_run(detector, folder))), here)
        if any(each in FILE_ENGINES for each in here):
            for precision, pictures in _exports(detector, calibration, found, here):
                _add_export(found, detector, replace(task, source=str(folder / f"{precision}.onnx")), pictures, here)
    return found


def _here(found: Subjects, wanted: Sequence[str], all_of: Sequence[str]) -> list[str]:
    """The engines that are wanted and installed."""
    here = []
    for engine in all_of:
        installed = has_mxnet() if engine == "mxnet" else find_spec(engine) is not None
        if engine in wanted and not installed:
            raise MissingPackageError(f"engine {engine!r} is not installed: {way_to_get(engine)}")
        if installed and (engine in wanted or not wanted):
            here.append(engine)
        elif not wanted:
            found.left_out[engine] = f"not installed: {way_to_get(engine)}"
    return here


def _run(detector: Detector, folder: Path) -> Path:
    """A run of the detector, which each engine can load, MXNet or not."""
    run = RunFolder.create(detector.config, folder / "run")
    detector.engine.graphs().write(run.network)
    detector.engine.save(run.weights)
    return run.folder


def _add_networks(found: Subjects, detector: Detector, task: Task, here: Sequence[str]) -> None:
    engines = [each for each in _NETWORK_ENGINES if each in here]
    if "torch" in engines and has_mxnet():
        try:
            load(task.source, engine="torch")
        except (ConfigError, RunError) as error:  # it has no such operator, say, or computes on one device
            found.left_out["torch"] = str(error)
            engines.remove("torch")
    if engines:
        costs = _costs(detector)
        found.measured.extend(Subject(each, PRECISIONS[0], replace(task, engine=each), costs) for each in engines)


def _costs(detector: Detector) -> tuple[int, int]:
    if has_mxnet():
        from zoo_core.engines.gluon.costs import costs

        return costs(detector.config)
    from zoo_core.engines.torch.costs import costs as counted
    from zoo_core.engines.torch.engine import TorchEngine

    if not isinstance(detector.engine, TorchEngine):
        raise RunError("a network can be counted on MXNet and PyTorch only")
    return counted(detector.engine, detector.config.input_size)


def _exports(
    detector: Detector, calibration: Path | None, found: Subjects, here: Sequence[str]
) -> Iterator[tuple[str, Dataset | None]]:
    """The precisions of files, with the pictures to calibrate them."""
    yield PRECISIONS[0], None
    try:
        if calibration is not None:
            yield _INT8, dataset_at(calibration, "train", detector.class_names)
        else:
            yield _INT8, dataset(detector.config, "train")
    except (ConfigError, DatasetError) as error:
        if calibration is not None:
            raise
        _leave_out(found, here, _INT8, f"no pictures to calibrate it with: {error}")


def _add_export(found: Subjects, detector: Detector, task: Task, pictures: Dataset | None, here: Sequence[str]) -> None:
    """Export a detector and add what runs the file; what int8 loses is not asked here."""
    file = Path(task.source)
    with needing():
        from zoo_core.engines.onnx.exported_network import exported_network
        from zoo_core.engines.onnx.exporting import Export
        from zoo_core.engines.onnx.quantization import Quantization
    quantization = Quantization(pictures) if pictures else None
    try:
        Export(detector, exported_network(detector), quantization=quantization).write(file)
    except (ExportError, MissingPackageError) as error:
        _leave_out(found, here, file.stem, str(error))
        return
    _add_file(found, ExportedDetector(file), task, here)


def _leave_out(found: Subjects, here: Sequence[str], precision: str, reason: str) -> None:
    for engine in FILE_ENGINES:
        if engine in here:
            found.left_out[f"{engine} {precision}"] = reason


def _add_file(found: Subjects, exported: ExportedDetector, task: Task, here: Sequence[str]) -> None:
    """Each engine that runs a file, in each precision in which the file can be run here."""
    costs = costs_of_file(exported.path, exported.as_taken(read_image(as_path(task.picture))))
    for engine in FILE_ENGINES:
        if engine not in here:
            continue
        if exported.description.precision == _INT8:
            found.measured.append(Subject(engine, _INT8, replace(task, engine=engine), costs))
            continue
        able = _precisions(engine)
        for precision, obstacle in able.items():
            if obstacle:
                found.left_out[f"{engine} {precision}"] = obstacle
            else:
                found.measured.append(
                    Subject(engine, precision, replace(task, engine=engine, precision=precision), costs)
                )


def _precisions(engine: str) -> Mapping[str, str]:
    """The precisions of an engine on the processor, each with what is in its way."""
    if engine != "openvino":
        return {PRECISIONS[0]: ""}
    from zoo_core.engines.onnx.runtimes.on_openvino import precisions_here

    here = precisions_here()
    return {each: "" if each in here else "this processor does not compute in it" for each in PRECISIONS}
