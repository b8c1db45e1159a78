"""Exporting by one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zoo_core.common.arguments import CALLBACK, DATASET, FLAG, NUMBER, PATH, checked, either, instance, parsed
from zoo_core.common.errors import ArgumentError, DatasetError, RunError, UnknownNameError
from zoo_core.common.files import as_path
from zoo_core.common.optional_packages import needing
from zoo_core.common.writing import check_writable
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import ConfigSource
from zoo_core.config.overrides import Overrides
from zoo_core.data.opening import dataset, dataset_at
from zoo_core.data.readers.splits import Purpose
from zoo_core.engines.opening import described, is_exported, new_detector
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detector import Detector
from zoo_core.registry.registry import make

if TYPE_CHECKING:
    from zoo_core.boxes.protocols import Dataset
    from zoo_core.engines.onnx.report import ExportReport

__all__ = ["export"]

_LIMIT = 1.0
_DATA = either(PATH, DATASET, "a data set, as zoo_core.dataset opens one, or its folder")


@checked(
    source=either(PATH, instance(Detector, "a detector"), "a detector, or a path or name that zoo_core.load takes"),
    path=PATH,
    raw=FLAG,
    picture_size=parsed(ImageSize.parse),
    verify=_DATA,
    int8=_DATA,
    limit=NUMBER,
    force=FLAG,
    progress=CALLBACK,
)
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
    limit: float = _LIMIT,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ExportReport:
    """Write a detector to one ONNX file, from pictures of every size to boxes, and prove it.

    Before the file is there, each of its parts is held to the zoo's own, on pictures of its data set where that is
    here and on drawn ones, and on random network outputs: docs/export.md says how near they must come.

    Args:
        source: a detector, or what `load` takes for one.
        path: path of the file; an older one is replaced.
        overrides: settings that replace those of a run, as ``nms.score``; none for a detector, which has its own.
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
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    if int8 is None and (force or limit != _LIMIT):
        raise ArgumentError("limit and force say what int8 may lose: give int8, the data set to quantise with")
    target = as_path(path)
    if not is_exported(target):
        raise RunError(f"{target}: the name of an exported file ends in .onnx")
    check_writable(target, RunError)
    size = None if picture_size is None else ImageSize.parse(picture_size)
    detector = _to_export(source, overrides, config, size, raw=raw)
    with needing():
        from zoo_core.engines.onnx.exported_network import exported_network
        from zoo_core.engines.onnx.exporting import Export
        from zoo_core.engines.onnx.quantization import Quantization

    network = exported_network(detector, size)
    calibrated_on = _opened(int8, "train", detector.class_names)
    validation_set = _opened(int8 if verify is None else verify, "validation", detector.class_names)
    quantization = Quantization(calibrated_on, limit, force) if calibrated_on else None
    known = _own_images(detector.config)
    return Export(detector, network, raw, size, known, validation_set, quantization, progress).write(target)


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

    if not isinstance(source, Detector) and is_exported(source):
        raise RunError(f"{source}: is already exported; give the run")
    if isinstance(source, Detector):
        if overrides or config is not None:
            raise ArgumentError(
                "overrides and config are for a run or weights; the settings of a detector stay as they are"
            )
        settings, encoder = source.config, source.encoder
    else:
        settings, weights = described(source, overrides, config)
        encoder = make(settings.targets)
    pictures_of(settings, picture)
    if not raw:
        onnx_decode_of(encoder)
    return source if isinstance(source, Detector) else new_detector(settings, weights)


def _opened(data: str | Path | Dataset | None, split: Purpose, class_names: Sequence[str]) -> Dataset | None:
    return dataset_at(data, split, class_names) if isinstance(data, str | Path) else data


def _own_images(config: DetectorConfig) -> Dataset | None:
    """The validation images of a detector where they and their reader are here: a run may have been made elsewhere."""
    if config.data is None:
        return None
    try:
        return dataset(config)
    except (DatasetError, UnknownNameError):
        return None
