"""A sheet of the images of a data set with their boxes, as they are and as training sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.contact_sheet import SheetHead, contact_sheet, fitted
from zoo_core.boxes.drawing import with_boxes
from zoo_core.boxes.legend import class_entries
from zoo_core.boxes.protocols import Sample
from zoo_core.common.arguments import check_count
from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import counted
from zoo_core.config.augmentation import SSD_AUGMENTATION
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.config.resize import StretchResize
from zoo_core.data.opening import reader_at
from zoo_core.data.pipeline.augmentation import Augmentation
from zoo_core.data.readers.annotated import AnnotatedDataset, AnnotatedReader
from zoo_core.data.readers.records import Record
from zoo_core.parts.geometry import ImageSize

__all__ = ["data_sheet", "opened_split", "show_data"]

_SIDE = 360
"""The longer side of a picture on the sheet, in pixels."""
_INPUT = ImageSize(300, 300)
"""To which augmented images are stretched: SSD's usual input."""
_PAIRS = 2
"""Pictures in a row, each as it is and after augmentation."""


def show_data(
    root: str | Path,
    split: str | None = None,
    count: int = 8,
    format: str | None = None,
    class_names: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    config: str | Path | Mapping[str, Any] | DetectorConfig | None = None,
) -> NDArray[np.uint8]:
    """Draw the boxes of a data set on some of its images: as they are, and after augmentation.

    Args:
        root: its folder.
        split: which one; the first when None.
        count: how many images, evenly spread over the split.
        format: the name of its reader; recognised by the files when None.
        class_names: only these are drawn; by default all.
        settings: further settings of the reader.
        config: whose augmentation and input size; SSD's at 300x300 when None.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        DatasetError: no such folder or split, or something cannot be read.
        ConfigError: the settings do not fit the reader, or the configuration has faults.
        ArgumentError: the count is not a whole number from 1 on.
    """
    detector = None if config is None else load_config(config)
    check_count("count", count)
    class_names = None if class_names is None else [*class_names]
    dataset = opened_split(reader_at(Path(root), format, class_names, settings), split, class_names, detector)
    return data_sheet(dataset, count, detector)


def opened_split(
    reader: AnnotatedReader,
    split: str | None,
    class_names: Sequence[str] | None,
    config: DetectorConfig | None = None,
) -> AnnotatedDataset:
    """A split with whatever classes it has, broken boxes left out.

    Args:
        reader: of the data set.
        split: its name; the first one when None.
        class_names: only these are shown; by default all.
        config: whose classes come first, so that they have the colours of that detector.

    Raises:
        DatasetError: there is no such split, or something that is needed cannot be read.
    """
    name = split or reader.parts()[0]
    records = reader.part(name)
    names = class_names or [*(config.classes if config else ()), *_classes_of(reader, records)]
    settings = reader.settings.model_copy(update={"broken": "skip", "other_classes": "skip"})
    return AnnotatedDataset(f"{reader.root} ({name})", records, settings, tuple(dict.fromkeys(names)))


def _classes_of(reader: AnnotatedReader, records: Sequence[Record]) -> list[str]:
    """The classes of a data set in an order that is the same whichever split is shown: so each keeps its colour."""
    found = _names_in(records)
    listed = reader.class_names()
    if listed is None:
        for split in reader.parts():
            with suppress(DatasetError):  # one that cannot be read is no reason to show no other
                found |= _names_in(reader.part(split))
    return [*(listed or ()), *sorted(found)]


def _names_in(records: Iterable[Record]) -> set[str]:
    return {each.name for record in records for each in record.objects}


def data_sheet(
    dataset: AnnotatedDataset,
    count: int = 8,
    config: DetectorConfig | None = None,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Images of a split in pairs: as it is on the left, augmented on the right.

    Args:
        dataset: the split.
        count: how many images, evenly spread over the split.
        config: whose augmentation and input size; SSD's at 300x300 when None.
        seed: of the augmentation.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        DatasetError: an image cannot be read.
    """
    steps, size = (config.training.augmentation, config.input_size) if config else (SSD_AUGMENTATION, _INPUT)
    resize = (config.resize if config else StretchResize()).in_training()
    augmentation = Augmentation(steps, size, resize)
    samples = []
    for index in np.unique(np.linspace(0, len(dataset) - 1, count).astype(int)):
        sample = dataset[int(index)]
        samples += [sample, augmentation(sample, np.random.default_rng([seed, int(index)]))]
    head = SheetHead(
        f"{Path(dataset.place).name}: {len(samples) // 2} of {counted(len(dataset), 'image')}",
        f"left: as annotated; right: as training sees it, {'' if config else 'with the augmentation of SSD '}at {size}",
        class_entries(dataset.class_names, np.concatenate([each.labels for each in samples])),
    )
    names = [name for each in samples[::2] for name in (each.image_id, "as training sees it")]
    pictures = [_drawn(each, dataset.class_names) for each in samples]
    return contact_sheet(pictures, names, head, columns=2 * _PAIRS, side=_SIDE, together=2)


def _drawn(sample: Sample, class_names: Sequence[str]) -> NDArray[np.uint8]:
    """A sample with its boxes, at the size of the sheet, so that lines and captions are sharp."""
    image = fitted(sample.image, _SIDE)
    scale = np.float32(_SIDE / max(sample.image.shape[:2]))
    captions = [
        class_names[label] + " (difficult)" * bool(difficult) + " (crowd)" * bool(crowd)
        for label, difficult, crowd in zip(sample.labels, sample.difficult, sample.crowd, strict=True)
    ]
    return with_boxes(image, sample.boxes * scale, sample.labels, captions)
