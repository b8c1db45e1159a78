"""JSON files that others wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zoo_core.errors import ZooError
from zoo_core.files import read_bytes

__all__ = ["read_json"]


def read_json(path: Path, error: type[ZooError]) -> Any:
    """The content of a JSON file.

    Args:
        path: of the file.
        error: what is raised where it cannot be read, or is not JSON.
    """
    try:
        return json.loads(read_bytes(path, error))
    except RecursionError:
        raise error(f"{path}: is nested too deeply to be read; write it anew") from None
    except ValueError as fault:
        raise error(f"{path}: is not JSON ({fault}); write it anew") from None
