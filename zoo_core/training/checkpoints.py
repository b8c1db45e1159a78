"""The files from which a training resumes: written whole or not at all, the latest ones and the best kept.

A checkpoint is one of MXNet's ``.params`` files, arrays by name, so that reading it runs no code.
Beside the weights under their names stand what the optimiser keeps (``optimizer.PART.NAME``) and
the running mean of the weights (``ema.NAME``); all that is not an array is JSON, as the bytes of ``state``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.common.messages import shown
from zoo_core.common.numerals import whole_number
from zoo_core.engines.params_file import read_params, write_params

__all__ = ["Checkpoint", "Checkpoints"]

_STATE = "state"
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A moment of a training.

    Attributes:
        arrays: weights and what belongs to each of them.
        state: everything else, as JSON has it.
        path: the file from which it was read.
    """

    arrays: Mapping[str, NDArray[Any]]
    state: Mapping[str, Any]
    path: Path = Path()

    @property
    def step(self) -> int:
        """The number of steps done."""
        return int(self.state["step"])

    def write(self, path: Path) -> None:
        """Write it, all or nothing.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        text = json.dumps({"format": _FORMAT, **self.state}, allow_nan=False).encode()
        write_params(path, {**self.arrays, _STATE: np.frombuffer(text, np.uint8)})

    def changes(self, now: Mapping[str, Any]) -> list[str]:
        """What has changed since it was made, a line for each setting or version.

        Args:
            now: groups of values, as ``{"config": {...}, "versions": {...}}``, that are in `state` too.
        """
        lines = []
        for group, values in now.items():
            before, after = dict(_leaves(self.state.get(group, {}))), dict(_leaves(values))
            for place in {**before, **after}:
                old, new = (json.dumps(each.get(place)) for each in (before, after))
                if old != new:
                    lines.append(f"{group}: {place} was {old} when the checkpoint was made, but is {new} now")
        return lines

    @classmethod
    def read(cls, path: Path) -> Checkpoint:
        """Read it.

        Raises:
            RunError: it is damaged, not a checkpoint, or one of a later version.
        """
        arrays = read_params(path)
        if _STATE not in arrays:
            raise RunError(f"{path}: weights, but not a checkpoint: the state of training is missing")
        try:
            state = json.loads(arrays.pop(_STATE).tobytes())
        except (ValueError, RecursionError):
            raise RunError(f"{path}: damaged: its state is not JSON") from None
        if not isinstance(state, dict):
            raise RunError(f"{path}: damaged: its state should be a table; given {shown(state)}")
        if state.get("format") != _FORMAT:
            raise RunError(f"{path}: a checkpoint of format {shown(state.get('format'))}, but this zoo reads {_FORMAT}")
        return cls(arrays, state, path)


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of nested tables by dotted path."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


class Checkpoints:
    """The checkpoints of a training, in a folder of their own.

    Args:
        folder: the folder, which need not exist yet.
        keep: how many of the latest are kept.
    """

    def __init__(self, folder: Path, keep: int = 1) -> None:
        self._folder = folder
        self._keep = keep

    @property
    def last_step(self) -> int | None:
        """The number of steps done at the last one; None when there is none."""
        return max(self._steps(), default=None)

    def paths(self) -> list[Path]:
        """Those that are there, the oldest first."""
        return [path for _, path in sorted(self._steps().items())]

    def _steps(self) -> dict[int, Path]:
        found = ((_step(path), path) for path in self._folder.glob("step-*.params"))
        return {step: path for step, path in found if step is not None}

    def add(self, checkpoint: Checkpoint, best: int | None = None) -> None:
        """Write a checkpoint, and remove those that are too many.

        Args:
            checkpoint: checkpoint of this moment.
            best: the step of the one with the best score, which stays.

        Raises:
            OSError: it cannot be written; the earlier ones are all there.
        """
        checkpoint.write(self._path(checkpoint.step))
        kept = {*self.paths()[-self._keep :], *([self._path(best)] if best is not None else [])}
        for path in self.paths():
            if path not in kept:
                path.unlink()

    def last(self) -> Checkpoint:
        """The last one.

        Raises:
            RunError: there is none, or it is damaged.
        """
        paths = self.paths()
        if not paths:
            raise RunError(f"{self._folder}: training was stopped before its first checkpoint; start again")
        try:
            return _read(paths[-1])
        except RunError as error:
            earlier = f"; remove it to continue from {paths[-2].name}" if len(paths) > 1 else ""
            raise RunError(f"{error}{earlier}") from None

    def _path(self, step: int) -> Path:
        return self._folder / f"step-{step:08}.params"


def _read(path: Path) -> Checkpoint:
    """The checkpoint in a file, whose name says its step too."""
    checkpoint = Checkpoint.read(path)
    if (step := checkpoint.state.get("step")) != _step(path):
        raise RunError(f"{path}: damaged, or renamed: its state says step {shown(step)}")
    return checkpoint


def _step(path: Path) -> int | None:
    return whole_number(path.stem.removeprefix("step-"))
