"""One model in one thread: pictures wait in a queue of bounded length, and go through the network in batches."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.config.detector import NmsSettings
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.views import Views
from zoo_core.serving.limits import Limits
from zoo_core.serving.refusals import too_busy

__all__ = ["Job", "Look", "Worker"]

Watch = Callable[[int, float], None]


class Look(NamedTuple):
    """How a picture is looked at: which boxes are kept of it, and which of its views are seen."""

    nms: NmsSettings
    views: Views = Views()


Find = Callable[[Sequence[NDArray[np.uint8]], Sequence[Look]], Iterable[Found]]


class Job(NamedTuple):
    """A picture (H, W, 3) uint8 RGB that waits, how it is looked at, and who waits for what is found."""

    picture: NDArray[np.uint8]
    look: Look
    found: Future[Found]


class Worker:
    """Runs a model in a thread of its own, which gluon needs: it is not made for several.

    Args:
        name: of the model.
        find: the objects in each of some pictures.
        limits: size and delay of batches, and the length of the queue.
        watch: called with the pictures and seconds of each batch.
    """

    def __init__(self, name: str, find: Find, limits: Limits, watch: Watch = lambda *_: None) -> None:
        self._name = name
        self._find = find
        self._limits = limits
        self._watch = watch
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name=f"model {name}", daemon=True)

    @property
    def waiting(self) -> int:
        """Pictures in the queue."""
        return len(self._waiting)

    @property
    def alive(self) -> bool:
        """Whether pictures are looked at."""
        return self._thread.is_alive() and not self._stopping

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more, finish what is in the queue, and return when that is done."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def submit(self, pictures: Sequence[tuple[NDArray[np.uint8], Look]]) -> list[Future[Found]]:
        """Put the pictures of a request into the queue, all or none.

        Returns:
            What is found in each, later. One that is cancelled before its turn is passed over.

        Raises:
            Refusal: the queue has no room for them, or the service is stopping.
        """
        jobs = [Job(*each, Future()) for each in pictures]
        with self._changed:
            if self._stopping:
                raise too_busy(f"model {self._name!r}", "the service is stopping")
            if len(self._waiting) + len(jobs) > self._limits.queue:
                raise too_busy(f"model {self._name!r}", f"its queue of {self._limits.queue} pictures is full")
            self._waiting.extend(jobs)
            self._changed.notify_all()
        return [job.found for job in jobs]

    def _work(self) -> None:
        while batch := self._next_batch():
            began = time.perf_counter()
            self._answer(batch)
            self._watch(len(batch), time.perf_counter() - began)
            batch.clear()  # its pictures are not held while the thread waits

    def _next_batch(self) -> list[Job]:
        """The next pictures that somebody waits for; none when the service has stopped."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                self._changed.wait_for(self._is_ready, self._limits.delay)
                count = min(len(self._waiting), self._limits.batch)
                taken = [self._waiting.popleft() for _ in range(count)]
                wanted = [job for job in taken if job.found.set_running_or_notify_cancel()]
                if wanted or (self._stopping and not self._waiting):
                    return wanted

    def _is_ready(self) -> bool:
        return self._stopping or len(self._waiting) >= self._limits.batch

    def _answer(self, batch: Sequence[Job]) -> None:
        """Say what was found; where a batch fails each picture is tried alone, so that one does not fail others."""
        try:
            found = [*self._find([job.picture for job in batch], [job.look for job in batch])]
        except Exception as error:  # noqa: BLE001 -- whatever an engine throws belongs to whoever waits
            if len(batch) > 1:
                for job in batch:
                    self._answer([job])
            else:
                batch[0].found.set_exception(error)
            return
        for job, objects in zip(batch, found, strict=True):
            job.found.set_result(objects)
