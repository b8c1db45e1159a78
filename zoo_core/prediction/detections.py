"""What a detector found in an image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.common.arguments import FLAG, NUMBER, PATH, TEXT, WHOLE, checked, each_of, either
from zoo_core.common.errors import ArgumentError, ZooError
from zoo_core.common.files import as_path
from zoo_core.common.messages import listed, shown
from zoo_core.common.notebook import heading, picture, table
from zoo_core.common.optional_packages import needing
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.coco_results import category_ids_of, coco_entries, image_id_of
from zoo_core.prediction.labels import labels_of

__all__ = ["Detections"]

_SHOWN = 5
"""Objects that a representation names."""
_LISTED = 20
"""Objects that a notebook lists."""
_ID = either(WHOLE, TEXT, "an integer of at least 0, or a string")
_IDS = each_of(WHOLE, "a list of integers")


@dataclass(frozen=True, eq=False)
class Detections:
    """Objects found in one image, highest score first.

    Attributes:
        boxes: (M, 4) float32 corner/pixel of the original image, clipped to it.
        scores: (M,) float32 between 0 and 1.
        labels: (M,) int64, index of the class name.
        class_names: what `labels` count.
        source: where the image came from, for messages; empty for an array.
        size: height and width of the image in pixels, where they are known.
        frame: its number in the video, from 0; None for a picture.
        time: at which the frame is shown, in seconds from the beginning of the video.
        tracks: (M,) int64, the number of each object, by which it is the same through the frames of a video; None
            where objects are not tracked.
        trails: (K, 2) float32 for each object, where its centre was in the last frames, the present one last, in
            pixels; nothing where objects are not tracked.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    source: str = ""
    size: ImageSize | None = None
    _image: Callable[[], NDArray[np.uint8]] | None = field(default=None, repr=False)
    frame: int | None = None
    time: float | None = None
    tracks: NDArray[np.int64] | None = None
    trails: tuple[NDArray[np.float32], ...] = ()

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        where = f" in {self.source}" if self.source else f" in {self.size}" if self.size else ""
        frame = "" if self.frame is None else f", frame {self.frame}"
        objects = [f"{name} {score:.2f}" for _, score, name in self[:_SHOWN]]
        more = [f"{len(self) - _SHOWN} more"] if len(self) > _SHOWN else []
        return f"<Detections{where}{frame}: {listed([*objects, *more], none='nothing found')}>"

    def _repr_png_(self) -> bytes | None:
        """For notebooks: the picture with what was found; None where there is no picture, or no image library."""
        try:
            with needing():
                from zoo_core.prediction.screen import as_png

                return as_png(self.plot())
        except ZooError:
            return None

    def _repr_html_(self) -> str:
        """The picture with what was found, and its objects in words, for notebooks."""
        rows = [(name, f"{score:.3f}", *(f"{side:.0f}" for side in box)) for box, score, name in self[:_LISTED]]
        more = f"and {len(self) - _LISTED} more" if len(self) > _LISTED else ""
        objects = table(rows, ("class", "score", "x1", "y1", "x2", "y2")) if rows else ""
        drawn = self._repr_png_()
        shown = picture(drawn, repr(self)) if drawn else ""
        return f"{heading(repr(self).strip('<>'))}{shown}{objects}{more}"

    def __iter__(self) -> Iterator[tuple[NDArray[np.float32], float, str]]:
        """Box, score and class name of each object."""
        return zip(self.boxes, map(float, self.scores), self.names, strict=True)

    def __getitem__(self, index: ArrayLike | slice) -> Detections:
        """The objects chosen by a slice, a mask or a list of indices: ``found[found.scores > .5]``."""
        chosen: Any = index if isinstance(index, slice) else np.atleast_1d(np.asarray(index))
        if not isinstance(index, slice):
            if chosen.ndim > 1:
                raise IndexError(f"objects are selected by one list of indices or one mask, not by {chosen.ndim} axes")
            if chosen.size and chosen.dtype.kind not in "biu":
                raise IndexError(
                    f"objects are selected by indices, a mask or a slice, not by {shown(index)}; "
                    "of(names) selects classes"
                )
            chosen = chosen if chosen.size else chosen.astype(np.intp)  # NumPy takes an empty list for floats
        return replace(
            self,
            boxes=self.boxes[chosen],
            scores=self.scores[chosen],
            labels=self.labels[chosen],
            tracks=None if self.tracks is None else self.tracks[chosen],
            trails=tuple(self.trails[row] for row in np.arange(len(self.trails))[chosen]) if self.trails else (),
        )

    @property
    def names(self) -> list[str]:
        """The class name of each object."""
        return [self.class_names[label] for label in self.labels]

    @property
    def xywh(self) -> NDArray[np.float32]:
        """(M, 4) float32, the boxes as left, top, width and height in pixels."""
        return np.hstack([self.boxes[:, :2], self.boxes[:, 2:] - self.boxes[:, :2]])

    @checked(score=NUMBER)
    def above(self, score: float) -> Detections:
        """The objects whose score is at least `score`."""
        return self[self.scores >= score]

    def of(self, names: str | Iterable[str]) -> Detections:
        """The objects of a class, or of several.

        Raises:
            ArgumentError: the class does not exist; lists those that do. It is a ValueError, too.
        """
        return self[np.isin(self.labels, labels_of(names, self.class_names))]

    def to_supervision(self) -> Any:
        """As `supervision.Detections`, with the class names in ``data["class_name"]``.

        Raises:
            MissingPackageError: supervision is not installed.
        """
        with needing():
            import supervision as sv

        return sv.Detections(
            xyxy=self.boxes.reshape(-1, 4),
            confidence=self.scores,
            class_id=self.labels.astype(int),
            tracker_id=None if self.tracks is None else self.tracks.astype(int),
            data={"class_name": np.array(self.names, dtype=str)},
        )

    @checked(image_id=_ID, category_ids=_IDS)
    def to_coco(
        self, image_id: int | str | None = None, category_ids: Sequence[int] | None = None
    ) -> list[dict[str, Any]]:
        """As entries of a COCO results file: boxes are [x, y, width, height] in pixels; ``track_id`` of tracked ones.

        Args:
            image_id: the id of the image in the annotations; by default what the name of its
                file says, as a number where it is one: 139 for ``000000000139.jpg``.
            category_ids: the id of each class there; 1, 2, 3 ... by default.

        Raises:
            ArgumentError: there is no id, and no file whose name says it; or not one id for each class.
        """
        ids = category_ids_of(category_ids, len(self.class_names))
        name = image_id_of(self.source, self.frame) if image_id is None else image_id
        categories = [ids[label] for label in self.labels]
        return coco_entries(self.boxes, self.scores, categories, name, self._named("track_id"))

    def _named(self, name: str) -> list[dict[str, int]]:
        """The number of each object under a name; nothing where objects are not tracked."""
        return [{}] * len(self) if self.tracks is None else [{name: number} for number in self.tracks.tolist()]

    def to_pandas(self) -> Any:
        """As a `pandas.DataFrame` with a row for each object and the columns of ``zoo predict --csv``.

        These are source, frame (None for a picture), name, score, and x1, y1, x2, y2 in pixels; and track, where
        objects are tracked.

        Raises:
            MissingPackageError: pandas, which the zoo does not need elsewhere, is not installed.
        """
        with needing():
            import pandas as pd
        columns: dict[str, Any] = {
            "source": self.source,
            "frame": self.frame,
            "name": self.names,
            "score": self.scores,
            **dict(zip(("x1", "y1", "x2", "y2"), self.boxes.reshape(-1, 4).T, strict=True)),
            **({} if self.tracks is None else {"track": self.tracks}),
        }
        return pd.DataFrame(columns, index=range(len(self)))

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON.

        That is the source and the size of the image, number and time of a frame, and box (corner/pixel), score, label
        and name of each object, and its number (``track``) where objects are tracked.
        """
        size = {"width": self.size.width, "height": self.size.height} if self.size else {}
        frame = {} if self.frame is None else {"frame": self.frame, "time": self.time}
        return {
            "source": self.source,
            **size,
            **frame,
            "objects": [
                {
                    "box": [round(float(value), 2) for value in box],
                    "score": score,
                    "label": int(label),
                    "name": name,
                    **track,
                }
                for (box, score, name), label, track in zip(self, self.labels, self._named("track"), strict=True)
            ],
        }

    @checked(legend=FLAG)
    def plot(self, image: NDArray[np.uint8] | None = None, legend: bool = False) -> NDArray[np.uint8]:
        """The image with boxes, class names and scores drawn on it, (H, W, 3) uint8 RGB.

        Tracked objects have their numbers and their trails, too. A caption without room beside its box is left out.

        Args:
            image: what to draw on; by default the image in which the objects were found.
            legend: number such boxes instead, and list them below the image, which makes it higher.

        Raises:
            ArgumentError: no such image, or it is not an array of pixels.
            DatasetError: the file of the image is no longer there.
            MissingPackageError: the image libraries are not installed.
        """
        if image is None:
            if self._image is None:
                raise ArgumentError("these detections have no image of their own; call plot(image)")
            image = self._image()
        elif not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ArgumentError(f"image should be an array (H, W, 3) uint8 RGB; given {shown(image)}")
        captions = [
            " ".join([*(f"#{number}" for number in track.values()), f"{name} {score:.2f}"])
            for (_, score, name), track in zip(self, self._named("track"), strict=True)
        ]
        with needing():
            from zoo_core.boxes.drawing import with_boxes, with_boxes_and_legend

            draw = with_boxes_and_legend if legend else with_boxes
            return draw(image, self.boxes, self.labels, captions, self.trails)

    def show(self) -> None:
        """Show the picture with what was found: in a notebook below the cell, elsewhere in a window.

        Raises:
            ZooError: there is neither a notebook nor a screen; `save` writes a file.
            ArgumentError: there is no picture; see `plot`.
        """
        with needing():
            from zoo_core.prediction.screen import show

        show(self.plot())

    @checked(path=PATH)
    def save(self, path: str | Path) -> None:
        """Write what was found to a file, as its ending says: drawn, or as text.

        Args:
            path: of the file, whose folder is made where it is missing. ``.jpg``, ``.png`` and other endings of images:
                the picture with what was found; ``.json``: `to_dict`; ``.csv``: the table of ``zoo predict --csv``;
                ``.txt``: the line that ``zoo predict`` prints.

        Raises:
            DatasetError: the file cannot be written, or its ending says no kind of file.
            ArgumentError: there is no picture to draw on; see `plot`.
        """
        with needing():
            from zoo_core.prediction.outputs.saving import save

        save(self, as_path(path))
