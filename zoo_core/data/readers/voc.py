"""Reads data sets of Pascal VOC."""

from __future__ import annotations

from pathlib import Path

from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.folders import exists_strict, is_file_strict
from zoo_core.data.readers.records import Fault, FaultKind, ImageFile, Record
from zoo_core.data.readers.voc_annotations import Annotation, read_annotation
from zoo_core.data.readers.voc_layout import Files, files_of, is_voc, name_in, splits_in
from zoo_core.data.settings import VocSettings

__all__ = ["VocReader"]


class VocReader(AnnotatedReader):
    """An XML file an image, in the folders of the development kit or as other tools lay them out."""

    def __init__(self, settings: VocSettings) -> None:
        super().__init__(settings)
        self.trains_on_difficult = settings.difficult

    @staticmethod
    def recognises(root: Path) -> bool:
        """A folder Annotations, here or in a folder below, or annotations in XML with their images."""
        return is_voc(root)

    def splits(self) -> tuple[str, ...]:
        """The lists in ImageSets/Main, or folders; see `zoo_core.data.readers.voc_layout.splits_in`."""
        return splits_in(self.root)

    def name_of(self, split: str) -> str:
        """Where there is neither trainval nor test, train and val take their place."""
        return name_in(self.root, split)

    def records(self, split: str) -> list[Record]:
        """The images of a list, in its order."""
        return [_record(files) for files in files_of(self.root, split)]


def _record(files: Files) -> Record:
    image, found, faults = files.image, Annotation(None, ()), []
    try:
        if not exists_strict(files.annotation):
            faults.append(_missing(FaultKind.ANNOTATION, files.annotation, "annotation", files.listing))
        else:
            found = read_annotation(files.annotation)
        if not is_file_strict(image) and found.filename:  # where the annotation is not called as its image is
            named = image.with_name(found.filename)
            image = named if is_file_strict(named) else image
        if not is_file_strict(image):
            faults.append(_missing(FaultKind.MISSING_IMAGE, image, "image", files.listing))
    except DatasetError as error:
        faults.append(Fault.of(FaultKind.ANNOTATION, error))
    return Record(files.image_id, ImageFile(image), files.annotation, found.objects, found.size, faults=tuple(faults))


def _missing(kind: FaultKind, path: Path, what: str, listing: Path) -> Fault:
    return Fault(kind, str(path), f"{what} not found", f"add it, or remove its name from {listing}")
