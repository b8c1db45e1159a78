"""Pictures and videos on file systems that fsspec reaches, as s3://bucket/folder; web servers are in `addresses`."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoo_core.common.download import is_address
from zoo_core.common.errors import DatasetError, ZooError
from zoo_core.common.messages import one_line
from zoo_core.common.optional_packages import needing

__all__ = ["copy_remote", "is_elsewhere", "is_remote", "remote_files"]

_PIECE = 1 << 20


def is_remote(name: str) -> bool:
    """Whether a name is that of a file, a folder or a pattern on a file system that fsspec reaches."""
    return re.match(r"[a-z][a-z0-9+.-]+://", name, re.IGNORECASE) is not None and not is_address(name)


def is_elsewhere(name: str) -> bool:
    """Whether what has this name has to be fetched."""
    return is_address(name) or is_remote(name)


def remote_files(name: str) -> list[tuple[str, str]]:
    """The files in a folder and below it, those that match a pattern, or the one file that is named.

    Returns:
        Of each its name, and its path relative to the folder; in the order of their names.

    Raises:
        DatasetError: the file system cannot be reached or is not known.
        MissingPackageError: fsspec is not installed.
    """
    with _in_words(name):
        system, path = _system_of(name)
        if glob.has_magic(path) and not system.exists(path):
            # A pattern does not match folders, whatever kind of file system this is.
            found = [each for each, facts in system.glob(path, detail=True).items() if facts["type"] == "file"]
            folder = glob.escape(path).partition("[")[0].rpartition("/")[0]
        elif system.isdir(path):
            found, folder = system.find(path), path
        else:
            return [(name, path.rpartition("/")[2])]
        chain = "".join(name.partition("::")[1:])
        return [
            (system.unstrip_protocol(each) + chain, each.removeprefix(folder.rstrip("/")).lstrip("/"))
            for each in sorted(found)
        ]


def copy_remote(name: str, file: Path, most: int) -> None:
    """Copy a file from there to here.

    Args:
        name: of the file there.
        file: where it goes.
        most: bytes that it may have.

    Raises:
        DatasetError: it is not there, cannot be read, or has more bytes.
        MissingPackageError: fsspec is not installed.
    """
    with _in_words(name):
        system, path = _system_of(name)
        with system.open(path, "rb") as there, file.open("wb") as here:
            while piece := there.read(_PIECE):
                most -= here.write(piece)
                if most < 0:
                    raise DatasetError(f"{name}: is too large to be fetched")


def _system_of(name: str) -> tuple[Any, str]:
    """The file system on which something is, and its path there."""
    from fsspec import url_to_fs

    from zoo_core.prediction.sources.s3 import register_s3

    register_s3()
    system, path = url_to_fs(name)
    return system, path


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    with needing():
        try:
            yield
        except (ZooError, ModuleNotFoundError):
            raise
        except FileNotFoundError:
            raise DatasetError(f"{name}: no such file") from None
        except Exception as error:  # noqa: BLE001 -- each file system has errors of its own
            reason = one_line(str(error) or type(error).__name__)
            raise DatasetError(f"{name}: cannot be fetched: {reason}") from None
