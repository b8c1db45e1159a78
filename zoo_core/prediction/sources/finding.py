"""From what was named to files and addresses: folders are walked, patterns expanded, lists read."""

from __future__ import annotations

import errno
import glob
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from zoo_core.common.download import is_address, is_endless
from zoo_core.common.errors import DatasetError
from zoo_core.common.files import as_path, exists, is_file, is_folder, permitted, reason
from zoo_core.common.messages import listed
from zoo_core.common.unicode_names import as_it_is_called
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.prediction.sources.addresses import name_in, plain_part
from zoo_core.prediction.sources.live import is_live, public_name
from zoo_core.prediction.sources.remote import is_elsewhere, is_remote, remote_files
from zoo_core.prediction.sources.videos import VIDEO_SUFFIXES

__all__ = ["STANDARD_INPUT", "Input", "Inputs", "is_one_picture", "lines_of"]

STANDARD_INPUT = "-"
"""Stands for the list, a source a line, that comes on the standard input."""

_SUFFIXES = (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)

_LONGEST_LINE = 1 << 16
"""Characters of a line that are kept: no name is longer."""
_MOST_PASSED_OVER = 1 << 10
"""So many times that many are passed over, to find where such a line ends."""


@dataclass(frozen=True)
class Input:
    """One picture or video.

    Attributes:
        name: as the user wrote it, or the folder with what was found in it.
        place: a relative path that tells it from the other inputs.
        live: what is opened, where it is a camera or a stream; None for all else.
    """

    name: str
    place: Path
    live: str | None = None

    @property
    def path(self) -> Path:
        """Its file, where it has not to be fetched."""
        return as_path(self.name)

    @property
    def is_address(self) -> bool:
        """Whether it has to be fetched."""
        return is_elsewhere(self.name)

    @property
    def is_video(self) -> bool:
        """Whether its name has the ending of a video, or it is a camera or a stream."""
        return self.live is not None or self.place.suffix.lower() in VIDEO_SUFFIXES

    @property
    def may_be_stream(self) -> bool:
        """Whether it is at an address that does not say what is there."""
        return self.is_address and self.live is None and self.place.suffix.lower() not in _SUFFIXES

    def has_frames(self) -> bool:
        """Whether it is a video, a camera or a stream; where its address does not say it, the server is asked."""
        return self.is_video or (self.may_be_stream and is_address(self.name) and is_endless(self.name))


class Inputs:
    """All pictures and videos that are meant by some arguments, in their order.

    Their places are relative to the deepest folder that holds all that was named.

    Args:
        arguments: files, folders, patterns such as ``photos/**/*.jpg``, addresses, all of that on file systems that
            fsspec reaches, as ``s3://bucket/photos``, and ``-`` for the lines of `lines`. A folder means the pictures
            and videos in it and below it, except hidden ones.
        lines: files, folders and addresses, read as they come.
        left_out: a folder that is not walked, since results are written there.

    Raises:
        DatasetError: nothing that was named means anything: no pattern matches, no folder has pictures in it.
    """

    def __init__(self, arguments: Sequence[str], lines: Iterable[str] = (), left_out: Path | None = None) -> None:
        self._lines = lines
        self._left_out = left_out.absolute() if left_out else None
        self._root = _common_folder(arguments)
        self._named = [None if each == STANDARD_INPUT else list(self._meant_by(each)) for each in arguments]
        if self.known and all(isinstance(each, DatasetError) for each in self.known):
            raise DatasetError("\n  ".join(map(str, self.known)))

    @property
    def known(self) -> list[Input | DatasetError] | None:
        """All inputs and errors, where they are known before the first is looked at."""
        if None in self._named:
            return None
        return [each for named in self._named for each in named or ()]

    def __iter__(self) -> Iterator[Input | DatasetError]:
        """Each input; in its turn an error for what means nothing, and for a folder that cannot be read."""
        for named in self._named:
            if named is not None:
                yield from named
                continue
            for line in self._lines:
                if text := line.rstrip("\r\n"):
                    yield from self._file_or_folder(text)

    def _meant_by(self, argument: str) -> Iterator[Input | DatasetError]:
        if is_elsewhere(argument) or is_live(argument) or not glob.has_magic(argument) or exists(Path(argument)):
            yield from self._file_or_folder(argument)
            return
        pattern = str(as_path(argument))
        matches, locked = _matches(pattern), _locked_folders(pattern)
        if not matches and not locked:
            yield DatasetError(f"{argument}: nothing matches this pattern")
        yield from (self._input(match) for match in matches if is_file(Path(match)))
        yield from locked

    def _file_or_folder(self, name: str) -> Iterator[Input | DatasetError]:
        if is_live(name):
            yield Input(public_name(name), _place_of_live(name), name)
        elif is_address(name):
            yield _at_address(name)
        elif is_remote(name):
            yield from _remote(name)
        elif is_folder(folder := as_it_is_called(as_path(name))):
            yield from self._inside(folder)
        else:
            yield self._input(name)

    def _inside(self, folder: Path) -> Iterator[Input | DatasetError]:
        empty = True
        locked: list[OSError] = []
        for parent, folders, files in os.walk(folder, onerror=locked.append):
            folders[:] = sorted(
                each for each in folders if not each.startswith(".") and not self._is_left_out(parent, each)
            )
            for name in sorted(files):
                if name.lower().endswith(_SUFFIXES) and not name.startswith("."):
                    empty = False
                    yield self._input(str(Path(parent, name)))
        yield from map(_locked, locked)
        if empty and not locked:
            yield DatasetError(f"{folder}: no images in this folder ({listed(_SUFFIXES)})")

    def _is_left_out(self, parent: str, name: str) -> bool:
        return self._left_out is not None and Path(parent, name).absolute() == self._left_out

    def _input(self, name: str) -> Input:
        path = Path(os.path.abspath(as_path(name)))  # noqa: PTH100 -- without `..`, and links stay
        inside = path.is_relative_to(self._root)
        return Input(name, path.relative_to(self._root if inside else path.anchor))


def is_one_picture(name: str) -> bool:
    """Whether a name is that of one picture, be it there or not: of no folder, pattern, video, camera or stream."""
    if is_live(name):
        return False
    if is_address(name):
        found = _at_address(name)
        return isinstance(found, DatasetError) or not found.is_video
    if is_remote(name):
        return name.partition("::")[0].lower().endswith(IMAGE_SUFFIXES) and not glob.has_magic(name)
    if not name or (glob.has_magic(name) and not exists(Path(name))):
        return not name
    path = as_it_is_called(as_path(name))
    return not is_folder(path) and path.suffix.lower() not in VIDEO_SUFFIXES


def lines_of(stream: TextIO) -> Iterator[str]:
    """The lines of a list as they come, whatever is in them: of one without end no more is kept than a name can have.

    Bytes that are not UTF-8 are taken as the file system takes them, so that they name their files.
    """
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="surrogateescape")
    while line := stream.readline(_LONGEST_LINE):
        yield line
        rest, passed_over = line, 0
        while len(rest) == _LONGEST_LINE and not rest.endswith("\n"):
            rest, passed_over = stream.readline(_LONGEST_LINE), passed_over + 1
            if passed_over > _MOST_PASSED_OVER:
                return


def _at_address(address: str) -> Input | DatasetError:
    try:
        return Input(address, Path(name_in(address)))
    except DatasetError as error:
        return error


def _place_of_live(name: str) -> Path:
    """``camera-0`` of a camera; of a stream what its address ends with."""
    if "://" not in name:
        return Path(f"camera-{Path(name).name.removeprefix('video')}")
    found = _at_address(public_name(name))
    return Path("stream") if isinstance(found, DatasetError) else found.place


def _remote(name: str) -> Iterator[Input | DatasetError]:
    try:
        found = remote_files(name)
    except DatasetError as error:
        yield error
        return
    meant = [each for each in found if each[0] == name or _is_shown(each[1])]
    if not meant:
        yield DatasetError(f"{name}: no images are there ({listed(_SUFFIXES)})")
    for each, path in meant:
        yield Input(each, Path(*(plain_part(part) for part in path.split("/"))))


def _is_shown(path: str) -> bool:
    """Whether a file in a folder is meant with it: a picture or a video that is not hidden."""
    return path.lower().endswith(_SUFFIXES) and not any(part.startswith(".") for part in path.split("/"))


def _matches(pattern: str) -> list[str]:
    return sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207 -- absolute patterns


def _locked_folders(pattern: str) -> list[DatasetError]:
    """The folders in which a pattern may match something that cannot be seen; `glob` passes them over in silence."""
    asked = (each for parent in Path(pattern).parents for each in _matches(f"{parent}{os.sep}"))
    locked = {os.path.normpath(each) for each in asked if not permitted(Path(each), os.R_OK | os.X_OK)}
    return [_locked(PermissionError(errno.EACCES, os.strerror(errno.EACCES), each)) for each in sorted(locked)]


def _locked(fault: OSError) -> DatasetError:
    return DatasetError(f"{fault.filename}: cannot be read: {reason(fault)}")


def _common_folder(arguments: Iterable[str]) -> Path:
    """The deepest folder that holds all files that were named; the current one when none was."""
    folders = []
    for argument in arguments:
        if argument == STANDARD_INPUT:
            folders.append(Path.cwd())
        elif not is_elsewhere(argument) and not is_live(argument):
            path = as_path(argument)
            while not is_folder(path) and path != path.parent:
                path = path.parent
            folders.append(path)
    return Path(os.path.commonpath([os.path.abspath(folder) for folder in folders or [Path()]]))  # noqa: PTH100 -- as above
