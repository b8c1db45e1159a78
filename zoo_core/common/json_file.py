"""JSON files that others wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zoo_core.common.errors import ZooError
from zoo_core.common.reading import read_bytes, reading

__all__ = ["read_json"]

_BEGINNING = 4


def read_json(path: Path, error: type[ZooError]) -> Any:
    """The content of a JSON file.

    Args:
        path: path of the file.
        error: what is raised where it cannot be read, or is not JSON.
    """
    with reading(path, error) as file:
        # What a crash leaves may be gigabytes of zeros, which take long to be refused.
        if file.read(_BEGINNING).startswith(b"\0\0\0\0"):
            raise error(f"{path}: is not JSON: it begins with zero bytes; write it again")
    try:
        return json.loads(read_bytes(path, error))
    except MemoryError:
        raise error(f"{path}: is larger than the free memory; split it") from None
    except RecursionError:
        raise error(f"{path}: is nested too deeply to be read; write it again") from None
    except ValueError as cause:
        raise error(f"{path}: is not JSON ({cause}); write it again") from None
