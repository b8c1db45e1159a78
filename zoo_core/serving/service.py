"""What all routes of a service share: its models, limits and memory, and the way of pictures through a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from anyio import CapacityLimiter
from numpy.typing import NDArray

from zoo_core.common.cores import usable_cores
from zoo_core.common.errors import ZooError
from zoo_core.common.messages import did_you_mean, listed
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.postprocessing import Found
from zoo_core.serving.limits import Limits
from zoo_core.serving.memory import Memory
from zoo_core.serving.metrics import Metrics
from zoo_core.serving.models import Model
from zoo_core.serving.parameters import Parameters
from zoo_core.serving.refusals import Fault, Refusal
from zoo_core.serving.worker import Look

__all__ = ["Service"]

_MOST_NAMES = 30


class Service:
    """Some models, and what bounds the work on them.

    Args:
        models: opened, each of another name.
        limits: of the service.
        metrics: its numbers, which the models know already.
    """

    def __init__(self, models: Sequence[Model], limits: Limits, metrics: Metrics) -> None:
        self.models = {model.name: model for model in models}
        self.limits = limits
        self.metrics = metrics
        self.memory = Memory(limits.memory)
        self.threads = CapacityLimiter(usable_cores())
        for model in models:
            metrics.add_queue(model)

    @asynccontextmanager
    async def running(self, _app: Any = None) -> AsyncIterator[None]:
        """The models work; at the end they finish what they have taken."""
        for model in self.models.values():
            model.worker.start()
        try:
            yield
        finally:
            await asyncio.gather(*(asyncio.to_thread(model.worker.stop) for model in self.models.values()))

    def check_ready(self) -> None:
        """Nothing, unless a model does not work.

        Raises:
            Refusal: names it.
        """
        for model in self.models.values():
            model.check_ready()

    def model(self, name: str) -> Model:
        """The model of a name.

        Raises:
            Refusal: there is none; says which there are.
        """
        if name not in self.models:
            guess = did_you_mean(name, self.models)
            allowed = f"models: {listed(self.models, most=_MOST_NAMES)}"
            raise Refusal(404, Fault(place="model", fault=f"no model is named {name[:100]!r}{guess}", allowed=allowed))
        return self.models[name]

    async def predict(
        self, model: Model, pictures: Sequence[NDArray[np.uint8]], names: Sequence[str], parameters: Parameters
    ) -> list[Detections]:
        """The detections in the pictures of a request.

        Args:
            model: that looks.
            pictures: (H, W, 3) uint8 RGB each.
            names: what each is called in the answer.
            parameters: which detections are reported; checked.

        Raises:
            Refusal: as `find`; or a picture would be cut into too many windows.
        """
        found = await self.find(model, pictures, self._look(model, pictures, parameters))
        detections = []
        for objects, name, picture in zip(found, names, pictures, strict=True):
            size = ImageSize(*picture.shape[:2])
            corner = np.array([size.width, size.height] * 2, np.float32)
            clipped = objects._replace(boxes=np.clip(objects.boxes, 0, corner))
            detections.append(parameters.chosen(Detections(*clipped, model.class_names, name, size), model))
        return detections

    def _look(self, model: Model, pictures: Sequence[NDArray[np.uint8]], parameters: Parameters) -> Look:
        views, most = parameters.views(), self.limits.windows
        for size in (ImageSize(*picture.shape[:2]) for picture in pictures):
            if (count := views.count(size)) > most:
                fault = f"cuts a picture of {size} into {count} windows"
                raise Refusal(422, Fault(place="slice", fault=fault, allowed=f"at most {most} windows"))
        return Look(parameters.nms(model), views)

    async def find(self, model: Model, pictures: Sequence[NDArray[np.uint8]], look: Look) -> list[Found]:
        """What a model finds in the pictures of a request, with boxes in pixels that may reach beyond the edges.

        Args:
            model: that looks.
            pictures: (H, W, 3) uint8 RGB each.
            look: how it looks at them.

        Raises:
            Refusal: the queue is full, the model failed, or there was no time for it.
        """
        futures = model.worker.submit([(picture, look) for picture in pictures])
        try:
            async with asyncio.timeout(self.limits.timeout):
                return [await self._found(model, future) for future in futures]
        except TimeoutError:
            fault = f"did not come to an end within {self.limits.timeout:g} seconds"
            raise Refusal(504, Fault(place=f"model {model.name!r}", fault=fault)) from None
        finally:
            for future in futures:
                future.cancel()

    async def _found(self, model: Model, future: Future[Found]) -> Found:
        try:
            return await asyncio.wrap_future(future)
        except ZooError as error:  # models are tried out before: it is the picture that does not fit
            raise Refusal(422, Fault(place=f"model {model.name!r}", fault=model.public(str(error)))) from None
