"""What a training writes into its folder: nothing is left of one that made no step, and a full disk harms nothing."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zoo_core.common.errors import RunError, TrainingError
from zoo_core.training.lock import TrainingLock
from zoo_core.training.run import Run

__all__ = ["leave_no_start", "writing_results"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a full disk."""


def leave_no_start(run: Run, lock: TrainingLock) -> None:
    """Leave a folder as it was before a training that made no step; one that is empty then goes."""
    with suppress(OSError, RunError):  # whatever ended the training is what counts
        run.discard_start()
    lock.release()
    with suppress(OSError):
        run.folder.rmdir()


@contextmanager
def writing_results(folder: Path, step: int, saved_step: Callable[[], int | None]) -> Iterator[None]:
    """Results are written: where they cannot be, the training ends, and harms nothing.

    Args:
        folder: of the run.
        step: number of steps that are made.
        saved_step: gives the step of the last checkpoint, None where there is none.

    Raises:
        TrainingError: they cannot be written; says how to continue when the disk has room again.
    """
    try:
        yield
    except OSError as error:
        message = f"{error.filename or folder}: cannot be written at step {step}: {error.strerror}"
        if error.errno in _FULL and (saved := saved_step()) is not None:
            go_on = f"zoo train {folder} --resume"
            message += f"; everything is saved up to step {saved}: free some space, and continue with: {go_on}"
        raise TrainingError(message) from error
