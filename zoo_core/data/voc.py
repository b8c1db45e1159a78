"""Reads data sets of Pascal VOC."""

from __future__ import annotations

from pathlib import Path

from zoo_core.data.annotated import AnnotatedReader
from zoo_core.data.records import Fault, FaultKind, ImageFile, Record
from zoo_core.data.settings import VocSettings
from zoo_core.data.voc_annotations import read_annotation
from zoo_core.data.voc_layout import Files, files_of, is_voc, splits_in
from zoo_core.errors import DatasetError
from zoo_core.files import is_file

__all__ = ["VocReader"]


class VocReader(AnnotatedReader):
    """Folders with Annotations, JPEGImages and ImageSets/Main."""

    def __init__(self, settings: VocSettings) -> None:
        super().__init__(settings)
        self.trains_on_difficult = settings.difficult

    @staticmethod
    def recognises(root: Path) -> bool:
        """A folder Annotations, here or in a folder below."""
        return is_voc(root)

    def splits(self) -> tuple[str, ...]:
        """The lists in ImageSets/Main; see `zoo_core.data.voc_layout.splits_in`."""
        return splits_in(self.root)

    def records(self, split: str) -> list[Record]:
        """The images of a list, in its order."""
        return [_record(files) for files in files_of(self.root, split)]


def _record(files: Files) -> Record:
    image, faults = ImageFile(files.image), []
    if not is_file(files.image):
        faults.append(_missing(FaultKind.MISSING_IMAGE, files.image, "image", files.listing))
    if not is_file(files.annotation):
        faults.append(_missing(FaultKind.ANNOTATION, files.annotation, "annotation", files.listing))
        return Record(files.image_id, image, files.annotation, faults=tuple(faults))
    try:
        size, objects = read_annotation(files.annotation)
    except DatasetError as error:
        faults.append(Fault.of(FaultKind.ANNOTATION, error))
        return Record(files.image_id, image, files.annotation, faults=tuple(faults))
    return Record(files.image_id, image, files.annotation, objects, size, faults=tuple(faults))


def _missing(kind: FaultKind, path: Path, what: str, listing: Path) -> Fault:
    return Fault(kind, str(path), f"there is no such {what}", f"add it, or take its name out of {listing}")
