"""A text file that is written piece by piece, and appears whole or not at all."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from zoo_core.common.errors import DatasetError
from zoo_core.common.writing import replacing, writing

__all__ = ["TextFile"]


class TextFile:
    """A file that is being written; what goes wrong with it is reported with its name.

    Args:
        path: path of the file, which keeps its old content until the end.

    Raises:
        DatasetError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = ExitStack()
        self._file: TextIO

    def __enter__(self) -> Self:
        with writing(self._path, DatasetError):
            fresh = self._open.enter_context(replacing(self._path))
            # What is not UTF-8 in the name of a file is written as JSON and Python write it.
            opened = fresh.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            self._file = self._open.enter_context(opened)
        return self

    def write(self, text: str) -> int:
        """Write text; as files do it, so that it can be given to `csv.writer`."""
        with writing(self._path, DatasetError):
            return self._file.write(text)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with writing(self._path, DatasetError):
            self._open.__exit__(kind, error, traceback)
