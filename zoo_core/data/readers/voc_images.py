"""Finds the images of annotations in the layout of Pascal VOC: by their names, in the folders that tools use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zoo_core.common.unicode_names import composed
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.data.readers.folders import files_in, folders_in

__all__ = ["ANNOTATIONS", "VocImages", "called"]

ANNOTATIONS = ("annotations", "annots", "labels", "xmls")
_IMAGES = ("jpegimages", "images", "data")
"""What folders are called, in whatever case."""


def called(names: Sequence[str], folder: Path) -> list[Path]:
    """The folders within a folder that are called so, in the order of the names."""
    there = folders_in(folder)
    return [each for name in names for each in there if each.name.lower() == name]


class VocImages:
    """Finds images by their names without endings; each folder is listed once."""

    def __init__(self) -> None:
        self._known: dict[Path, dict[str, Path]] = {}
        self._folders: dict[Path, list[Path]] = {}

    def named(self, folder: Path, name: str) -> Path | None:
        """The image of this name, which may have folders, below a folder."""
        path = folder / name
        if path.parent not in self._known:
            files = files_in(path.parent)
            self._known[path.parent] = {
                composed(each.stem): each
                for suffix in reversed(IMAGE_SUFFIXES)  # so that .jpg, the usual one, wins
                for each in files
                if each.suffix.lower() == suffix
            }
        return self._known[path.parent].get(composed(path.name))

    def of(self, place: Path, xml: Path) -> Path | None:
        """The image of an annotation: in a folder of images beside that of annotations, or beside itself."""
        inner = xml.relative_to(place).with_name(xml.stem).as_posix()
        tries = ((folder, name) for name in dict.fromkeys((inner, xml.stem)) for folder in self._beside(place))
        return next(filter(None, (self.named(folder, name) for folder, name in tries)), None)

    def expected(self, place: Path, xml: Path) -> Path:
        """Where that image would be."""
        return self._beside(place)[0] / f"{xml.stem}.jpg"

    def _beside(self, place: Path) -> list[Path]:
        """The folders where the images of a folder of annotations may be."""
        if place not in self._folders:
            is_apart = place.name.lower() in ANNOTATIONS
            self._folders[place] = [*called(_IMAGES, place.parent), place.parent] * is_apart + [place]
        return self._folders[place]
