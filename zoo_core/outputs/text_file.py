"""A text file that is written bit by bit, and is there whole in the end or not at all."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from zoo_core.errors import DatasetError
from zoo_core.files import replacing

__all__ = ["TextFile"]


class TextFile:
    """A file that is being written; what went wrong with it is told with its name.

    Args:
        path: of the file, which keeps its old content until the end.

    Raises:
        DatasetError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = ExitStack()
        self._file: TextIO

    def __enter__(self) -> Self:
        if self._path.is_dir():  # which would be noticed at the end only
            raise DatasetError(f"{self._path}: cannot be written: is a folder")
        try:
            fresh = self._open.enter_context(replacing(self._path))
            self._file = self._open.enter_context(fresh.open("w", encoding="utf-8", newline=""))
        except OSError as error:
            raise self._told(error) from None
        return self

    def write(self, text: str) -> int:
        """Write text; as files do it, so that it can be given to `csv.writer`."""
        try:
            return self._file.write(text)
        except OSError as error:
            raise self._told(error) from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._open.__exit__(kind, error, traceback)
        except OSError as fault:
            raise self._told(fault) from None

    def _told(self, error: OSError) -> DatasetError:
        return DatasetError(f"{self._path}: cannot be written: {error.strerror}")
