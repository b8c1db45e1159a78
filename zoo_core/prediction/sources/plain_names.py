"""Names of files for libraries that take UTF-8 only, as OpenCV does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["plain_name"]


@contextmanager
def plain_name(path: Path) -> Iterator[str]:
    """A name in UTF-8 by which a file can be opened in the block: its own, or that of a link to it.

    The file need not be there: what is written by the name of the link comes to be where the path says.
    """
    name = str(path)
    if name.encode(errors="replace") == os.fsencode(path):
        yield name
        return
    with TemporaryDirectory(prefix="zoo-") as folder:
        link = Path(folder, f"linked{path.suffix}")
        link.symlink_to(path.absolute())
        yield str(link)
