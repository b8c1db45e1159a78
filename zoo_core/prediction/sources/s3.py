"""Amazon's S3 and what speaks like it by pyarrow, for fsspec where s3fs is not installed.

Credentials, region and address are those of the usual environment variables and files, as ``AWS_ACCESS_KEY_ID``,
``AWS_REGION`` and ``AWS_ENDPOINT_URL``.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

from fsspec import register_implementation
from fsspec.implementations.arrow import ArrowFSWrapper

__all__ = ["register_s3"]


class _S3(ArrowFSWrapper):  # type: ignore[misc]  # fsspec has no types
    protocol = ("s3", "s3a")

    def __init__(self, **options: Any) -> None:
        from pyarrow.fs import S3FileSystem

        # The one of these variables that pyarrow does not read itself.
        address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        super().__init__(S3FileSystem(endpoint_override=address, **options))


def register_s3() -> None:
    """Let fsspec know ``s3://`` where it would otherwise ask for s3fs."""
    if find_spec("s3fs") is None:
        for protocol in _S3.protocol:
            register_implementation(protocol, _S3, clobber=True)
