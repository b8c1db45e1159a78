"""Weights that GluonCV published, from its own store: kept in its folder, checked, fetched when they are not there.

Where the store is, which weights it has, and their SHA-1 are known to GluonCV (`model_store`);
``MXNET_HOME`` and ``MXNET_GLUON_REPO`` change the folder and the address as they do for it.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from zoo_core.plugin_api import (
    DownloadError,
    RunError,
    as_path,
    download,
    import_quietly,
    is_file,
    reason,
    replacing,
)

__all__ = ["fetch"]

Progress = Callable[[int, int | None], None]

_MOST_BYTES = 1 << 31
"""No weights are longer: 2 GB."""
_MOST_SECONDS = 3600.0
"""Seconds; a download that takes longer is stopped, and a later call resumes it."""


class _Published(NamedTuple):
    """Weights in the store.

    Attributes:
        file: the name of the ``.params`` file, which has the beginning of the SHA-1 in it.
        sha1: SHA-1 of that file.
        address: address of the archive in which it is.
    """

    file: str
    sha1: str
    address: str


def fetch(name: str, progress: Progress | None = None) -> Path:
    """The file of the weights that GluonCV published under a name; fetched if it is not there, or is damaged.

    A transfer that was cut off resumes when this is called again. The file
    appears under its name whole and checked, or not at all.

    Args:
        name: one of `zoo_gluoncv_ssd.published`.
        progress: called while fetching, with the bytes that are there and the number of all, where it is known.

    Raises:
        RunError: they cannot be fetched, or are not what they should be; says which file to put where.
    """
    wanted = _wanted(name)
    folder = _folder()
    file = folder / wanted.file
    if is_file(file) and _sha1(file) == wanted.sha1:
        return file
    archive = folder / f"{file.stem}.zip.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        download(wanted.address, archive, most=_MOST_BYTES, seconds=_MOST_SECONDS, progress=progress)
        _unpack(archive, file, wanted.sha1)
    except (DownloadError, OSError) as error:
        why = reason(error) if isinstance(error, OSError) else error
        raise RunError(
            f"gluoncv:{name} is not in {folder} and cannot be fetched: {why}\n"
            f"  try again (what has arrived is kept), or put {file.name} into {folder}\n"
            f"  from {wanted.address}"
        ) from None
    archive.unlink(missing_ok=True)
    return file


def _wanted(name: str) -> _Published:
    store: Any = import_quietly("gluoncv.model_zoo.model_store")
    stem = f"{name}-{store.short_hash(name)}"
    repository = os.environ.get("MXNET_GLUON_REPO", store.apache_repo_url).rstrip("/") + "/"
    address = store._url_format.format(repo_url=repository, file_name=stem)  # noqa: SLF001  # no other way
    return _Published(f"{stem}.params", store._model_sha1[name], address)  # noqa: SLF001  # no other way


def _folder() -> Path:
    home = os.environ.get("MXNET_HOME")
    return as_path(home or "~/.mxnet") / "models"


def _unpack(archive: Path, file: Path, sha1: str) -> None:
    """Put the file of an archive in its place, if it is the right one; a wrong archive is removed."""
    try:
        with zipfile.ZipFile(archive) as opened:
            if opened.getinfo(file.name).file_size > _MOST_BYTES:
                raise zipfile.BadZipFile  # noqa: TRY301 -- a bomb
            content = opened.read(file.name)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError):
        archive.unlink()
        raise DownloadError(f"the download is not an archive with {file.name} in it") from None
    if (found := hashlib.sha1(content, usedforsecurity=False).hexdigest()) != sha1:
        archive.unlink()
        raise DownloadError(f"the download has the SHA-1 {found}, but should have {sha1}")
    with replacing(file) as fresh:
        fresh.write_bytes(content)


def _sha1(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha1").hexdigest()
