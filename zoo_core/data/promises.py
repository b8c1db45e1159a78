"""Holds the samples of a reader to its promise while they are read."""

from __future__ import annotations

from typing import Any

from zoo_core.boxes.promises import outside, wrong_arrays
from zoo_core.boxes.protocols import Dataset, Sample
from zoo_core.common.arguments import index_among
from zoo_core.common.messages import counted, in_short
from zoo_core.parts.components import DatasetSettings
from zoo_core.parts.promises import broken_promise

__all__ = ["PromisedDataset"]


class PromisedDataset:
    """A data set with samples that were looked at; all else is that of the data set itself.

    Args:
        dataset: anyone's.
        settings: of its reader.

    Raises:
        PluginError: it has other classes than were asked for; or, when it is read, a sample is not what it should be.
    """

    def __init__(self, dataset: Dataset, settings: DatasetSettings, class_names: tuple[str, ...]) -> None:
        if tuple(dataset.class_names) != class_names:
            raise broken_promise(settings, f"the classes {class_names}", repr(dataset.class_names))
        self._dataset = dataset
        self._settings = settings

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # as a copy asks that has nothing yet
            raise AttributeError(name)
        return getattr(self._dataset, name)

    @property
    def class_names(self) -> tuple[str, ...]:
        """What labels count."""
        return tuple(self._dataset.class_names)

    def __len__(self) -> int:
        return len(self._dataset)

    def __repr__(self) -> str:
        if type(self._dataset).__repr__ is not object.__repr__:
            return repr(self._dataset)
        name = type(self._dataset).__name__
        return f"<{name}: {counted(len(self), 'image')}, {in_short(self.class_names)}>"

    def __getitem__(self, index: int) -> Sample:
        """The sample of an image.

        Raises:
            PluginError: it is not as promised.
        """
        index = index_among(len(self), "image", index)
        sample, place = self._dataset[index], f"of image {index}"
        if not isinstance(sample, Sample):
            raise broken_promise(self._settings, "zoo_core.Sample", f"a {type(sample).__name__} {place}")
        for name, should, found in wrong_arrays(sample):
            raise broken_promise(self._settings, f"{name} {place} as {should}", found)
        if (wrong := outside(sample)).any():
            height, width = sample.image.shape[:2]
            found = f"{sample.boxes[wrong][0].tolist()} {place}, which has {height}x{width}"
            raise broken_promise(self._settings, "boxes (x1, y1, x2, y2) in pixels within the image", found)
        if strange := [each for each in sample.labels.tolist() if not 0 <= each < len(self.class_names)]:
            promised = f"labels from 0 to {len(self.class_names) - 1}"
            raise broken_promise(self._settings, promised, f"{strange[0]} {place}")
        return sample
