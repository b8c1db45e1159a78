"""A sheet of the images of a data set with their boxes, as they are and as training sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.contact_sheet import SheetHead, contact_sheet, fitted
from zoo_core.boxes.drawing import with_boxes
from zoo_core.boxes.legend import class_entries
from zoo_core.boxes.protocols import Sample
from zoo_core.common.arguments import COUNT, NAMES, PATH, TABLE, TEXT, checked
from zoo_core.common.messages import counted
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import ConfigSource, load_config
from zoo_core.config.resize import StretchResize
from zoo_core.config.training import SSD_AUGMENTATION
from zoo_core.data.opening import as_annotated, reader_at
from zoo_core.data.pipeline.augmentation import Augmentation
from zoo_core.data.readers.annotated_dataset import AnnotatedDataset
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.questions import ask

__all__ = ["data_sheet", "show_data"]

_SIDE = 360
"""The longer side of a picture on the sheet, in pixels."""
_INPUT = ImageSize(300, 300)
"""To which augmented images are stretched: SSD's usual input."""
_PAIRS = 2
"""Pictures in a row, each as it is and after augmentation."""


@checked(root=PATH, split=TEXT, count=COUNT, format=TEXT, class_names=NAMES, settings=TABLE)
def show_data(
    root: str | Path,
    split: str | None = None,
    count: int = 8,
    format: str | None = None,
    class_names: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    config: ConfigSource | None = None,
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
        ConfigError: the settings do not fit the reader, or the configuration is invalid.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    detector = None if config is None else load_config(config)
    reader, first = reader_at(Path(root), format, class_names, settings), detector.classes if detector else ()
    return data_sheet(as_annotated(reader, split, class_names, first), count, detector)


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
    resize = ask(config.resize, "in_training") if config else StretchResize()
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
