"""One line for an unexpected error of an engine, of the system, of a plugin, or of the zoo itself."""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import Path

from zoo_core.parts.components import KINDS
from zoo_core.parts.guarding import reason_of

__all__ = ["in_one_line"]

_NET = Path(__file__).with_name("running.py")
"""Where commands are called, which is never where an error arose."""
_TRACE = "; --debug shows the traceback"
_SMALLER = "a smaller training.batch_size or input_size needs less"
_ENGINE_LIMIT = re.compile(
    r"(larger than 2\^31 elements|[Oo]ut of memory|bad_alloc|[Ff]ailed to allocate|alloc.* failed)"
)
_OUT_OF_RANGE = re.compile(r"(?:Out of range value|Invalid Parameter format) for (\w+)[^=]*value='([^']*)'")
_SETTINGS = {
    "lr": "training.learning_rate",
    "lrs": "training.learning_rate",
    "wd": "training.weight_decay",
    "wds": "training.weight_decay",
    "clip_gradient": "training.clip_gradient",
    "momentum": "training.optimizer.momentum",
    "epsilon": "training.optimizer.epsilon",
}
"""What MXNet's operators call settings."""


def in_one_line(error: BaseException) -> str:
    """What went wrong, in which part where that is known, and what helps."""
    if isinstance(error, MemoryError):
        return f"not enough memory: {_SMALLER}{_TRACE}"
    if isinstance(error, RecursionError):
        return f"something is nested too deeply{_whereabouts(error)}{_TRACE}"
    if isinstance(error, UnicodeEncodeError):
        character = error.object[error.start : error.start + 1]
        return (
            f"the output, in {error.encoding}, cannot represent {character!a}: "
            f"set PYTHONIOENCODING=utf-8, or another locale{_TRACE}"
        )
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}{_TRACE}"
    if type(error).__name__ == "MXNetError":
        return f"{_of_mxnet(str(error))}{_whereabouts(error)}{_TRACE}"
    return f"{reason_of(error)}{_whereabouts(error)}; this should not happen{_TRACE}"


def _of_mxnet(text: str) -> str:
    """The end of MXNet's messages, which begin with its own trace; its common causes as settings."""
    if _ENGINE_LIMIT.search(text):
        return f"MXNet cannot hold arrays of that size: {_SMALLER}"
    if found := _OUT_OF_RANGE.search(text):
        name, value = found.groups()
        return f"{_SETTINGS.get(name, name)}: MXNet cannot compute with {value}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = next((line for line in lines if line.startswith("MXNetError:")), lines[-1] if lines else "no reason given")
    return f"MXNet failed: {last.removeprefix('MXNetError:').strip()[:300]}"


def _whereabouts(error: BaseException) -> str:
    """The line of a part, of a plugin or of the zoo, in which an error arose, as far as it is known."""
    own = _own_packages()
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        for package, folder in own.items():
            if Path(frame.filename).is_relative_to(folder) and frame.filename != str(_NET):
                inner = Path(frame.filename).relative_to(folder).with_suffix("")
                return f" (in {'.'.join([package, *inner.parts])}, line {frame.lineno})"
    return ""


def _own_packages() -> dict[str, Path]:
    """The folders of the zoo's and of the plugins' packages, those that were imported."""
    from zoo_core.registry.registry import default_registry

    registry = default_registry() if default_registry.cache_info().currsize else None
    parts = [part for kind in KINDS for part in registry.components(kind).values()] if registry else []
    homes = [part.target or part.settings.__module__ for part in parts]
    names = {"zoo_core", *(home.partition(".")[0].partition(":")[0] for home in homes)}
    files = {name: getattr(sys.modules.get(name), "__file__", None) for name in names}
    return {name: Path(file).parent for name, file in files.items() if file}
