"""What a service tells Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from zoo_core.serving.models import Model
from zoo_core.serving.worker import Watch

__all__ = ["Metrics"]

_COUNTS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The numbers of one service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "zoo_requests", "Requests answered.", ["route", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "zoo_request_seconds", "Time from request to answer.", ["route"], registry=self._registry
        )
        self._pictures = Counter("zoo_pictures", "Pictures looked at.", ["model"], registry=self._registry)
        self._batches = Histogram(
            "zoo_batch_pictures", "Pictures in a batch.", ["model"], buckets=_COUNTS, registry=self._registry
        )
        self._network = Histogram(
            "zoo_batch_seconds", "Time of a batch in a model.", ["model"], registry=self._registry
        )
        self._queue = Gauge("zoo_queue_pictures", "Pictures that wait.", ["model"], registry=self._registry)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            route: its pattern, of which there are few, whatever clients ask for.
            method: of HTTP.
            status: of the answer.
            seconds: until it was sent.
        """
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def watch(self, name: str) -> Watch:
        """What counts the batches of a model."""
        pictures, batches, network = self._pictures.labels(name), self._batches.labels(name), self._network.labels(name)

        def count(size: int, seconds: float) -> None:
            pictures.inc(size)
            batches.observe(size)
            network.observe(seconds)

        return count

    def add_queue(self, model: Model) -> None:
        """Tell how long the queue of a model is."""
        self._queue.labels(model.name).set_function(lambda: model.worker.waiting)

    def text(self) -> bytes:
        """All numbers in the text format of Prometheus."""
        return generate_latest(self._registry)
