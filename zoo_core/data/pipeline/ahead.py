"""Work that is done ahead of whoever needs its results: by threads, or by processes."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from zoo_core.data.pipeline.processes import NoProcessesError, Processes

__all__ = ["by_processes", "by_threads", "done_ahead"]

_Result = TypeVar("_Result")


def done_ahead(work: Callable[[int], _Result], numbers: range, workers: int) -> Iterator[_Result]:
    """The results of some work for some numbers, in their order.

    One worker is a thread. Several are processes, since Python lets one thread at a time compute; they are threads
    where work cannot be done in other processes. None of them is left when the iterator is closed or forgotten.

    Args:
        work: from a number to a result, which is the same wherever it is made.
        numbers: for which it is done.
        workers: that do it ahead; 0 does each piece when it is asked for.

    Raises:
        TrainingError: while iterating: a process has ended by itself.
        Exception: likewise: what the work raises.
    """
    if not workers:
        return map(work, numbers)
    if workers > 1 and len(numbers) > 1:
        return by_processes(work, numbers, workers)
    return by_threads(work, numbers, workers)


def by_processes(work: Callable[[int], _Result], numbers: range, count: int) -> Iterator[_Result]:
    """The same by so many processes, or threads where work cannot be sent to processes."""
    try:
        processes = Processes(work, min(count, len(numbers)))
    except NoProcessesError as error:
        logging.getLogger(__name__).warning("training.workers: %d threads, not processes: %s", count, error)
        yield from by_threads(work, numbers, count)
        return
    with processes:
        yield from processes.results(numbers)


def by_threads(work: Callable[[int], _Result], numbers: range, count: int) -> Iterator[_Result]:
    """The same by so many threads of this process."""
    grain = _grain()
    # One result stands ready while each thread is busy with another.
    options = grain.ReadOptions(num_threads=count, prefetch_buffer_size=count + 1)
    reader = iter(grain.MapDataset.range(numbers.start, numbers.stop).map(work).to_iter_dataset(options))
    try:
        yield from reader
    finally:
        reader.close()


def _grain() -> Any:
    """The library that reads ahead, without its warning that JAX's profiler is missing."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        return importlib.import_module("grain")
    finally:
        logging.disable(before)
