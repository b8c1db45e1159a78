"""The calls of the Python API that bring the other modules together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zoo_core.common.errors import ConfigError, DatasetError, Problem, RunError
from zoo_core.common.files import as_path, check_writable
from zoo_core.common.optional_packages import missing
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import Overrides, load_config
from zoo_core.config.machine_memory import require_memory
from zoo_core.parts.geometry import ImageSize
from zoo_core.registry.registry import default_registry, make

if TYPE_CHECKING:
    from zoo_core.boxes.protocols import Dataset
    from zoo_core.config.run_folder import Run
    from zoo_core.engines.onnx.report import ExportReport
    from zoo_core.engines.onnx.runtime import ExportedDetector
    from zoo_core.prediction.detector import Detector
    from zoo_core.training.loop import Step

__all__ = ["build", "dataset", "detectors", "export", "load", "resume", "train"]

ConfigSource = str | Path | Mapping[str, Any] | DetectorConfig


def detectors() -> dict[str, str]:
    """The registered detectors: a line about each, by name."""
    return {name: str(config.get("summary", "")) for name, config in default_registry().detectors().items()}


def build(config: ConfigSource, overrides: Overrides | None = None) -> Detector:
    """A detector with new weights, which depend on ``training.seed`` alone.

    Args:
        config: a configuration, or anything that `load_config` takes.
        overrides: settings that replace those of the configuration.

    Raises:
        ConfigError: the parts do not fit, or not into the memory of this machine; nothing heavy was done.
        MissingPackageError: MXNet, or a package that a part needs, is not installed.
    """
    settings = load_config(config, overrides)
    require_memory(settings)
    from zoo_core.engines.gluon.engine import GluonEngine
    from zoo_core.prediction.detector import Detector

    return Detector(settings, GluonEngine(settings))


def load(
    path: str | Path, overrides: Overrides | None = None, config: ConfigSource | None = None
) -> Detector | ExportedDetector:
    """The detector in a run folder, of a file of weights, or in a file that `export` wrote.

    Args:
        path: a folder that `train` made; a ``.params`` file in one; one that GluonCV wrote;
            ``gluoncv:NAME`` for the weights that GluonCV published for a detector; or an ``.onnx`` file,
            for which neither MXNet nor any plugin is needed.
        overrides: settings that replace those of the detector, as ``nms.score`` or ``device``.
        config: the detector, where the run or the name of the file does not say it.

    Raises:
        RunError: the folder or file is missing, incomplete, damaged or of another network; says which is at fault.
            Or settings are to be replaced in an ``.onnx`` file, in which all are fixed.
        MissingPackageError: MXNet, ONNX Runtime, or a package that a part needs, is not installed.
    """
    if is_exported(path):
        return _exported(as_path(path), overrides, config)
    from zoo_core.engines.gluon.weight_sources import required_config, weight_source

    source = weight_source(path)
    settings = load_config(required_config(source) if config is None else config, overrides)
    from zoo_core.engines.gluon.engine import GluonEngine
    from zoo_core.prediction.detector import Detector

    return Detector(settings, GluonEngine(settings, source.file))


def is_exported(path: str | Path) -> bool:
    """Whether a path names a file that `export` wrote, by its ending."""
    return Path(path).suffix.lower() == ".onnx"


def _exported(path: Path, overrides: Overrides | None, config: ConfigSource | None) -> ExportedDetector:
    if overrides or config is not None:
        raise RunError(
            f"{path}: all settings of an exported file are fixed; "
            "give them when it is written: zoo export RUN FILE --set ..."
        )
    from zoo_core.engines.onnx.runtime import ExportedDetector

    return ExportedDetector(path)


def export(
    source: str | Path | Detector,
    path: str | Path,
    overrides: Overrides | None = None,
    config: ConfigSource | None = None,
    *,
    raw: bool = False,
    picture_size: ImageSize | str | int | None = None,
    verify: str | Path | Dataset | None = None,
    int8: str | Path | Dataset | None = None,
    limit: float = 1.0,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ExportReport:
    """Write a detector to one ONNX file, from pictures of every size to boxes, and prove it.

    Before the file is there, each of its parts is held to the zoo's own, on pictures of its data set where that is
    here and on drawn ones, and on drawn outputs of a network: docs/export.md says how near they must come.

    Args:
        source: a detector, or what `load` takes for one.
        path: of the file; an older one is replaced.
        overrides: settings that replace those of the detector, as ``nms.score``.
        config: the detector, where the run or the name of the file does not say it.
        raw: leave decoding and suppression out; the file then gives probabilities, offsets and anchors.
        picture_size: the size of all pictures, which saves resizing where it is that of the network. Where pictures
            decide about the size of the network's input, it must be given.
        verify: a data set, or its folder, on whose validation images both are scored.
        int8: a data set, or its folder, on whose training images the network is quantised to 8 bits.
            Where `verify` is not given, both are scored on its validation images.
        limit: how many points (of 100) of mean average precision int8 may lose.
        force: write the file even if int8 loses more.
        progress: called while scoring, with the images done and the number of all.

    Raises:
        ExportError: the resizing, the encoder or the network cannot be exported, the file does not do what the detector
            does, or int8 loses too much; no file is left.
        RunError, ConfigError, MissingPackageError: as `load`.
        DatasetError: the data set cannot be read, or has other classes.
    """
    target = as_path(path)
    if not is_exported(target):
        raise RunError(f"{target}: the name of an exported file ends in .onnx")
    check_writable(target, RunError)
    size = None if picture_size is None else ImageSize.parse(picture_size)
    detector = _to_export(source, overrides, config, size, raw=raw)
    calibrated_on = _opened(int8, "train", detector.class_names)
    scored_on = _opened(int8 if verify is None else verify, "validation", detector.class_names)
    try:
        from zoo_core.engines.onnx.exporting import Export
        from zoo_core.engines.onnx.quantization import Quantization
    except ModuleNotFoundError as error:
        raise missing(error) from error
    quantization = Quantization(calibrated_on, limit, force) if calibrated_on else None
    known = _own_images(detector.config)
    return Export(detector, raw, size, known, scored_on, quantization, progress).write(target)


def _to_export(
    source: str | Path | Detector,
    overrides: Overrides | None,
    config: ConfigSource | None,
    picture: ImageSize | None,
    *,
    raw: bool,
) -> Detector:
    """The detector that is meant, once it is clear that its resizing and its encoder can be exported."""
    from zoo_core.engines.onnx.exportable import onnx_decode_of
    from zoo_core.engines.onnx.resizing import pictures_of
    from zoo_core.prediction.detector import Detector

    if isinstance(source, Detector):
        pictures_of(source.config, picture)
        if not raw:
            onnx_decode_of(source.encoder)
        return source
    if is_exported(source):
        raise RunError(f"{source}: is exported already; give the run")
    from zoo_core.engines.gluon.engine import GluonEngine
    from zoo_core.engines.gluon.weight_sources import required_config, weight_source

    weights = weight_source(source)
    settings = load_config(required_config(weights) if config is None else config, overrides)
    pictures_of(settings, picture)
    if not raw:
        onnx_decode_of(make(settings.targets))
    return Detector(settings, GluonEngine(settings, weights.file))


def _opened(
    data: str | Path | Dataset | None, split: Literal["train", "validation"], class_names: Sequence[str]
) -> Dataset | None:
    if not isinstance(data, str | Path):
        return data
    from zoo_core.data.opening import reader_at

    opened: Dataset = getattr(reader_at(Path(data), class_names=class_names), split)(class_names)
    return opened


def _own_images(config: DetectorConfig) -> Dataset | None:
    """The validation images of a detector where they are here: a run may have been made elsewhere."""
    if config.data is None:
        return None
    try:
        return dataset(config)
    except DatasetError:
        return None


def dataset(
    config: ConfigSource, split: Literal["train", "validation"] = "validation", *, needs_images: bool = True
) -> Dataset:
    """The images of a configuration's data set on which it trains or is scored.

    Args:
        config: a configuration, or anything that `load_config` takes.
        split: which images.
        needs_images: whether one that is missing is an error also where its annotation says its size.

    Raises:
        ConfigError: the configuration names no data set.
        DatasetError: the data set is missing, faulty, or does not fit the classes.
    """
    settings = load_config(config)
    if settings.data is None:
        raise ConfigError("data", [Problem("data", "is required for this, and was not given")])
    reader = make(settings.data)
    if hasattr(reader, "needs_images"):
        reader.needs_images = needs_images
    opened: Dataset = getattr(reader, split)(settings.classes)
    return opened


def train(
    config: ConfigSource,
    out: str | Path | None = None,
    overrides: Overrides | None = None,
    watch: Callable[[Step], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Train a detector, score it on the validation images, and keep both in a run folder.

    The first Ctrl-C ends after the step and a checkpoint, the second at once; `resume` goes on.

    Args:
        config: a configuration, or anything that `load_config` takes.
        out: a new or empty folder; ``runs/`` and the time by default.
        overrides: settings that replace those of the configuration.
        watch: called after every step.
        progress: called while scoring, with the images done and the number of all.

    Raises:
        ConfigError: the configuration has faults, or names no data set.
        DatasetError: the data set is missing, faulty, or does not fit the classes.
        RunError: there is something in the folder already.
        TrainingError: the loss is no longer a number or has exploded, or the disk is full; says what to do.
    """
    settings = load_config(config, overrides)
    from zoo_core import training

    begun = training.begin(settings, as_path(out) if out else None)
    begun(watch, progress)
    return begun.run


def resume(
    folder: str | Path,
    watch: Callable[[Step], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    data_root: str | Path | None = None,
) -> Run:
    """Go on with a training that was stopped, from its last checkpoint, which may be in the middle of an epoch.

    Weights, the state of the optimiser, the schedule, the order of the images and their augmentation are
    as they would have been, so that on one CPU the trained weights are the same to the last bit. Where versions,
    settings or the data are other than those of the checkpoint, a warning says so.

    Args:
        folder: a run folder.
        watch: called after every step.
        progress: called while scoring, with the images done and the number of all.
        data_root: the folder of the data set, where that has moved since; it becomes that of the run.

    Raises:
        RunError: the folder is missing, damaged or no run, another process trains in it, or training has ended there.
        DatasetError: the data set is no longer there.
        TrainingError: the loss is no longer a number or has exploded, or the disk is full; says what to do.
    """
    from zoo_core import training

    stopped = training.resume(as_path(folder), None if data_root is None else as_path(data_root))
    for change in stopped.changes:
        warnings.warn(change, stacklevel=2)
    stopped(watch, progress)
    return stopped.run
