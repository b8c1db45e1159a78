"""Pictures and videos from elsewhere; fetched because somebody named them, and never otherwise."""

from __future__ import annotations

import re
import tempfile
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo_core.common.download import DownloadError, EndlessError, RefusedError, download
from zoo_core.common.errors import DatasetError
from zoo_core.prediction.sources.remote import copy_remote, is_remote

__all__ = ["StreamError", "fetched", "name_in", "plain_part"]

MOST_BYTES = 1 << 29
"""What is longer is not fetched: 512 MB."""
MOST_SECONDS = 600.0
"""What takes longer is given up: ten minutes."""

_LONGEST_STEM, _LONGEST_SUFFIX = 120, 20
"""Characters of the name of a file, at most: an address may be of any length."""


class StreamError(DatasetError):
    """At an address is a stream without end, and no file."""


def name_in(address: str) -> str:
    """The name of the file at an address, safe for a folder of one's own.

    Raises:
        DatasetError: it is not an address.
    """
    try:
        parts = urllib.parse.urlsplit(address)
    except ValueError as error:
        raise DatasetError(f"{address}: is not the address of a web server: {error}") from None
    last = urllib.parse.unquote(parts.path).rstrip("/").rpartition("/")[2]
    return plain_part(last, parts.hostname or "picture")


def plain_part(text: str, otherwise: str = "picture") -> str:
    """The name of a file or folder that was made elsewhere, safe for a folder of one's own.

    Args:
        text: the name.
        otherwise: the name where nothing is left of it.
    """
    name = Path(re.sub(r"[^\w.() -]", "_", text).strip(". ") or otherwise)
    return name.stem[:_LONGEST_STEM] + name.suffix[:_LONGEST_SUFFIX]


@contextmanager
def fetched(address: str) -> Iterator[Path]:
    """What is at an address, in a file that is gone afterwards.

    Args:
        address: http or https, or what fsspec knows.

    Raises:
        DatasetError: the server cannot be reached, refuses, sends too much or too slowly, sends on to another host,
            or ends too early; names the address.
        StreamError: it sends a stream.
        MissingPackageError: fsspec is needed, and is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        file = Path(folder) / f"fetched{Path(name_in(address)).suffix}"
        if is_remote(address):
            copy_remote(address, file, MOST_BYTES)
            yield file
            return
        try:
            download(address, file, most=MOST_BYTES, seconds=MOST_SECONDS)
        except RefusedError as error:
            raise DatasetError(f"{address}: {error}") from None
        except EndlessError:
            raise StreamError(
                f"{address}: is a stream without end; hand over its frames, as cv2.VideoCapture reads them"
            ) from None
        except DownloadError as error:
            raise DatasetError(f"{address}: cannot be fetched: {error}") from None
        yield file
