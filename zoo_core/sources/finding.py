"""From what was named to files and addresses: folders are walked, patterns expanded, lists read."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo_core.data.images import IMAGE_SUFFIXES
from zoo_core.errors import DatasetError, listed
from zoo_core.sources.addresses import is_address, name_in
from zoo_core.sources.videos import VIDEO_SUFFIXES
from zoo_core.unicode_names import as_it_is_called

__all__ = ["STANDARD_INPUT", "Input", "Inputs"]

STANDARD_INPUT = "-"
"""Stands for the list, a source a line, that comes on the standard input."""

_SUFFIXES = (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)


@dataclass(frozen=True)
class Input:
    """One picture or video.

    Attributes:
        name: as the user wrote it, or the folder with what was found in it.
        place: a relative path that tells it from the other inputs.
    """

    name: str
    place: Path

    @property
    def is_address(self) -> bool:
        """Whether it has to be fetched."""
        return is_address(self.name)

    @property
    def is_video(self) -> bool:
        """Whether its name has the ending of a video."""
        return self.place.suffix.lower() in VIDEO_SUFFIXES


class Inputs:
    """All pictures and videos that are meant by some arguments, in their order.

    Their places are relative to the deepest folder that holds all that was named.

    Args:
        arguments: files, folders, patterns such as ``photos/**/*.jpg``, addresses, and ``-`` for the lines
            of `lines`. A folder stands for the pictures and videos in it and below it, hidden ones apart.
        lines: files, folders and addresses, read as they come.
        left_out: a folder that is not walked, since results are written there.

    Raises:
        DatasetError: a pattern matches nothing, or a folder has no pictures in it.
    """

    def __init__(self, arguments: Sequence[str], lines: Iterable[str] = (), left_out: Path | None = None) -> None:
        self._lines = lines
        self._left_out = left_out.absolute() if left_out else None
        self._root = _common_folder(arguments)
        self._named = [None if each == STANDARD_INPUT else list(self._meant_by(each)) for each in arguments]

    @property
    def known(self) -> list[Input] | None:
        """All inputs, where they are known before the first is looked at."""
        if None in self._named:
            return None
        return [each for named in self._named for each in named or ()]

    def __iter__(self) -> Iterator[Input | DatasetError]:
        """Each input; in its turn an error for a line that means nothing."""
        for named in self._named:
            if named is not None:
                yield from named
                continue
            for line in self._lines:
                if text := line.rstrip("\r\n"):
                    yield from self._meant_by_line(text)

    def _meant_by(self, argument: str) -> Iterator[Input]:
        if not is_address(argument) and glob.has_magic(argument) and not Path(argument).exists():
            matches = sorted(glob.iglob(os.path.expanduser(argument), recursive=True))  # noqa: PTH111, PTH207 -- absolute patterns
            if not matches:
                raise DatasetError(f"{argument}: nothing matches this pattern")
            for match in matches:
                if Path(match).is_file():
                    yield self._input(match)
        else:
            yield from self._file_or_folder(argument)

    def _meant_by_line(self, line: str) -> Iterator[Input | DatasetError]:
        try:
            yield from self._file_or_folder(line)
        except DatasetError as error:
            yield error

    def _file_or_folder(self, name: str) -> Iterator[Input]:
        if is_address(name):
            yield Input(name, Path(name_in(name)))
        elif (folder := as_it_is_called(Path(name).expanduser())).is_dir():
            yield from self._inside(folder)
        else:
            yield self._input(name)

    def _inside(self, folder: Path) -> Iterator[Input]:
        empty = True
        for parent, folders, files in os.walk(folder):
            folders[:] = sorted(
                each for each in folders if not each.startswith(".") and not self._is_left_out(parent, each)
            )
            for name in sorted(files):
                if name.lower().endswith(_SUFFIXES) and not name.startswith("."):
                    empty = False
                    yield self._input(str(Path(parent, name)))
        if empty:
            raise DatasetError(f"{folder}: there are no images in this folder ({listed(_SUFFIXES)})")

    def _is_left_out(self, parent: str, name: str) -> bool:
        return self._left_out is not None and Path(parent, name).absolute() == self._left_out

    def _input(self, name: str) -> Input:
        path = Path(os.path.abspath(Path(name).expanduser()))  # noqa: PTH100 -- without `..`, and links stay
        inside = path.is_relative_to(self._root)
        return Input(name, path.relative_to(self._root if inside else path.anchor))


def _common_folder(arguments: Iterable[str]) -> Path:
    """The deepest folder that holds all files that were named; the current one when none was."""
    folders = []
    for argument in arguments:
        if argument == STANDARD_INPUT:
            folders.append(Path.cwd())
        elif not is_address(argument):
            path = Path(argument).expanduser()
            while not path.is_dir():
                path = path.parent
            folders.append(path)
    return Path(os.path.commonpath([os.path.abspath(folder) for folder in folders or [Path()]]))  # noqa: PTH100 -- as above
