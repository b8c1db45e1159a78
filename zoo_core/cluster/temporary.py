"""Temporary files of a worker, which go with its process, however that ends."""

from __future__ import annotations

import os
import subprocess
import tempfile

__all__ = ["remove_temporary_files_at_end"]

_REMOVER = 'exec 3<&0; trap "" INT TERM HUP; { cat <&3 >/dev/null; rm -rf -- "$0"; } &'
"""Waits, with a parent of its own, for the end of what it reads, which comes with that of the worker."""
_alive: list[int] = []
"""What it reads."""


def remove_temporary_files_at_end() -> None:
    """Have all temporary files of this process in a folder that is removed when it ends, also by SIGKILL."""
    if _alive or os.name != "posix":
        return
    folder = tempfile.mkdtemp(prefix="zoo-worker-")
    read, write = os.pipe()
    subprocess.run(  # noqa: S603 -- our own
        ["/bin/sh", "-c", _REMOVER, folder],
        stdin=read,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=True,
    )
    os.close(read)
    _alive.append(write)
    tempfile.tempdir = folder
