"""What a training knows about its data, so that a resumed one can tell whether it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.messages import counted

__all__ = ["data_changes", "data_state"]


def data_state(**sets: Dataset) -> dict[str, dict[str, Any]]:
    """Of each data set the number of its images, and the digest of its listing where it has one; as JSON has it."""
    return {
        name: {"images": len(each), "digest": each.digest() if hasattr(each, "digest") else None}
        for name, each in sets.items()
    }


def data_changes(before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each data set that has changed; what was not known before is not compared.

    Args:
        before: what `data_state` gave when the checkpoint was made.
        now: what it gives.
    """
    lines = []
    for name, state in now.items():
        earlier = before.get(name, {})
        if "images" in earlier and earlier["images"] != state["images"]:
            what = f"had {counted(earlier['images'], 'image')} when the checkpoint was made, and now {state['images']}"
        elif earlier.get("digest") and state["digest"] and earlier["digest"] != state["digest"]:
            what = "has different image names or objects than when the checkpoint was made"
        else:
            continue
        lines.append(f"data: the {name.replace('_', ' ')} {what}")
    return lines
