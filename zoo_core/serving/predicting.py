"""``/v1``: the models, and what they find in the pictures of a request."""

from __future__ import annotations

import json
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from zoo_core.common.colours import class_colour, css
from zoo_core.serving.answers import JSON, LINES, PictureResult, answer_kind, drawn, lines
from zoo_core.serving.bodies import uploads_of
from zoo_core.serving.models import Model
from zoo_core.serving.parameters import Parameters, check_given_once
from zoo_core.serving.pictures import pictures_of
from zoo_core.serving.refusals import Failure, Fault, Refusal
from zoo_core.serving.service import Service

__all__ = ["ModelFacts", "routes"]

_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"schema": {"type": "object", "properties": {"picture": {"type": "array", "items": _BYTES["schema"]}}}}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The bytes of one picture, or a form with several. The answer has the same shape.",
        "content": {"multipart/form-data": _FORM, "image/jpeg": _BYTES, "image/png": _BYTES, "image/*": _BYTES},
    }
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What was found: an object for a picture that was sent as it is, a list for a form.",
        "content": {"application/x-ndjson": {}, "image/png": _BYTES, "image/jpeg": _BYTES},
    },
    **{status: {"model": Failure} for status in (404, 406, 408, 413, 415, 422, 503, 504)},
}


class ModelClass(BaseModel):
    """A class of a model."""

    name: str
    colour: str
    """In which its boxes are drawn, as CSS."""


class ModelFacts(BaseModel):
    """What a client may want to know of a model."""

    name: str
    classes: list[ModelClass]
    input_size: tuple[int, int]
    """Height and width of the network's input."""
    picture_size: tuple[int, int] | None
    """Height and width of the only pictures that it takes; null where it takes any."""
    iou: float
    """IoU above which the lower-scoring of two boxes is suppressed."""
    iou_is_fixed: bool
    """Whether requests cannot change that."""
    per_class: bool
    """Whether only boxes of the same class suppress each other."""
    keep: int
    """The most detections of a picture."""
    most: int
    """The most that a request can ask for."""


def _facts(model: Model) -> ModelFacts:
    return ModelFacts(
        name=model.name,
        classes=[
            ModelClass(name=name, colour=css(class_colour(label))) for label, name in enumerate(model.class_names)
        ],
        input_size=model.input_size,
        picture_size=model.picture_size,
        iou=model.nms.iou,
        iou_is_fixed=model.suppresses_itself,
        per_class=model.nms.per_class,
        keep=model.nms.keep,
        most=model.nms.keep if model.suppresses_itself else model.nms.top_k,
    )


def routes(service: Service) -> APIRouter:
    """The routes of a service."""
    router = APIRouter(prefix="/v1/models", tags=["prediction"])

    @router.get("")
    async def models() -> list[ModelFacts]:
        """All models."""
        return [_facts(model) for model in service.models.values()]

    @router.get("/{name}", responses={404: {"model": Failure}})
    async def model(name: str) -> ModelFacts:
        """One model."""
        return _facts(service.model(name))

    @router.post(
        "/{name}/predict",
        responses=_ANSWERS,
        response_model=PictureResult | list[PictureResult],
        openapi_extra=_BODY,
    )
    async def predict(name: str, request: Request, parameters: Annotated[Parameters, Query()]) -> Response:
        """What a model finds in one picture or several, as JSON, lines of JSON, or drawn: as `Accept` says."""
        chosen = service.model(name)
        check_given_once(request.query_params)
        parameters.check(chosen)
        kind = answer_kind(",".join(request.headers.getlist("accept")))
        with service.memory.claim() as claim:
            uploads = await uploads_of(request, service.limits, claim)
            several = request.headers.get("content-type", "").lower().startswith("multipart/")
            if kind not in (JSON, LINES) and len(uploads) > 1:
                fault = f"asks for a picture, but {len(uploads)} were sent"
                raise Refusal(406, Fault(place="Accept", fault=fault, allowed="send one at a time, or ask for JSON"))
            pictures = await pictures_of(uploads, service.limits, claim, service.threads)
            found = await service.predict(chosen, pictures, [each.name for each in uploads], parameters)
            if kind == JSON:
                results = lines(found)
                return Response(json.dumps(results if several else results[0]), media_type=JSON)
            if kind == LINES:
                return Response("".join(f"{json.dumps(line)}\n" for line in lines(found)), media_type=LINES)
            return await to_thread.run_sync(drawn, found[0], pictures[0], kind, limiter=service.threads)

    return router
