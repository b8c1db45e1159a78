"""``/v2``: the Open Inference Protocol, which the clients of KServe, Triton and MLServer speak.

A model takes ``images``, UINT8 [-1, -1, -1, 3], or ``files``, BYTES [-1] of encoded pictures, and gives what the
files of ``zoo export`` give.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from zoo_core.common.messages import listed
from zoo_core.common.versions import core_version
from zoo_core.parts.validation_messages import message_for
from zoo_core.prediction.detections import Detections
from zoo_core.serving.bodies import body_of
from zoo_core.serving.forms import Upload
from zoo_core.serving.limits import MEGA, Limits
from zoo_core.serving.memory import Claim
from zoo_core.serving.models import Model
from zoo_core.serving.parameters import Parameters
from zoo_core.serving.pictures import pictures_of
from zoo_core.serving.refusals import Failure, Fault, Refusal
from zoo_core.serving.service import Service
from zoo_core.serving.tensors import (
    OUTPUT_TYPES,
    RequestInput,
    RequestOutput,
    ResponseOutput,
    Sent,
    Tensor,
    binary_inputs,
    check_extensions,
    files_in,
    pixels_in,
)

__all__ = ["routes"]

_VERSION = "1"
_JSON_SIZE = "Inference-Header-Content-Length"
_IMAGES, _FILES = "images", "files"
_SHAPES = {"boxes": [-1, -1, 4], "scores": [-1, -1], "labels": [-1, -1], "count": [-1]}
_PARSED = 8
"""So many times the memory of numbers in JSON is needed for them in Python."""

Kind = TypeVar("Kind", bound=BaseModel)


class ServerMetadata(BaseModel):
    """What this service is."""

    name: str
    version: str
    extensions: list[str]


class ModelMetadata(BaseModel):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[Tensor]
    outputs: list[Tensor]


class ServerLive(BaseModel):
    """The process answers."""

    live: Literal[True] = True


class ServerReady(BaseModel):
    """Every model works."""

    ready: Literal[True] = True


class ModelReady(ServerReady):
    """A model works."""

    name: str


class InferenceRequest(Sent):
    """Pictures, and which detections are reported of them: `parameters` are those of ``/v1``."""

    id: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    inputs: Annotated[list[RequestInput], Field(min_length=1, max_length=1)]
    outputs: Annotated[list[RequestOutput], Field(max_length=len(OUTPUT_TYPES), default_factory=list)]


class InferenceResponse(BaseModel):
    """Boxes, scores and labels, padded with zeros to the picture with the most objects, and how many there are."""

    model_name: str
    model_version: str
    id: str
    outputs: list[ResponseOutput]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": InferenceRequest.model_json_schema()}},
        "description": f"JSON; with the header {_JSON_SIZE} tensors may follow it as bytes.",
    }
}
_FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": Failure} for status in (400, 404, 408, 413, 415, 422, 503, 504)
}


def routes(service: Service) -> APIRouter:
    """The routes of a service."""
    router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])

    @router.get("")
    async def server() -> ServerMetadata:
        """What this service is."""
        return ServerMetadata(name="zoo", version=core_version(), extensions=["binary_tensor_data"])

    @router.get("/health/live")
    async def live() -> ServerLive:
        """The process answers; KServe's client reads the body, others the status alone."""
        return ServerLive()

    @router.get("/health/ready", responses={503: {"model": Failure}})
    async def ready() -> ServerReady:
        """Every model works."""
        service.check_ready()
        return ServerReady()

    @router.get("/models/{name}", responses=_FAILURES)
    @router.get("/models/{name}/versions/{version}", responses=_FAILURES)
    async def model(name: str, version: str = _VERSION) -> ModelMetadata:
        """What a model takes and gives."""
        chosen = _model(service, name, version)
        images = Tensor(name=_IMAGES, shape=[-1, *(chosen.picture_size or (-1, -1)), 3], datatype="UINT8")
        return ModelMetadata(
            name=name,
            versions=[_VERSION],
            platform="zoo",
            inputs=[images],
            outputs=[Tensor(name=each, shape=_SHAPES[each], datatype=kind) for each, kind in OUTPUT_TYPES.items()],
        )

    @router.get("/models/{name}/ready", responses=_FAILURES)
    @router.get("/models/{name}/versions/{version}/ready", responses=_FAILURES)
    async def model_ready(name: str, version: str = _VERSION) -> ModelReady:
        """A model works."""
        _model(service, name, version).check_ready()
        return ModelReady(name=name)

    @router.post("/models/{name}/infer", response_model=InferenceResponse, responses=_FAILURES, openapi_extra=_BODY)
    @router.post(
        "/models/{name}/versions/{version}/infer",
        response_model=InferenceResponse,
        responses=_FAILURES,
        openapi_extra=_BODY,
    )
    async def infer(name: str, request: Request, version: str = _VERSION) -> Response:
        """What a model finds in pictures."""
        chosen = _model(service, name, version)
        with service.memory.claim() as claim:
            body = await body_of(request, service.limits, claim)
            size = _json_size(request, len(body))
            claim.add(size * _PARSED)
            asked = await to_thread.run_sync(_parsed, body[:size], limiter=service.threads)
            parameters = _parameters(asked, chosen)
            wanted = _outputs(asked)
            pictures = await _pictures(asked.inputs[0], body[size:], service, claim)
            found = await service.predict(chosen, pictures, [""] * len(pictures), parameters)
            return _answer(chosen, asked, wanted, found)

    return router


def _model(service: Service, name: str, version: str) -> Model:
    model = service.model(name)
    if version != _VERSION:
        fault = Fault(place="version", fault=f"there is no version {version[:100]!r}", allowed=f"versions: {_VERSION}")
        raise Refusal(404, fault)
    return model


def _json_size(request: Request, size: int) -> int:
    given = request.headers.get(_JSON_SIZE)
    if given is None:
        return size
    if not (given.isascii() and given.isdecimal()) or len(given) > 20 or int(given) > size:
        fault = f"should be the size of the JSON, at most that of the body, {size}; given {given[:100]!r}"
        raise Refusal(400, Fault(place=_JSON_SIZE, fault=fault))
    return int(given)


def _parsed(text: bytes) -> InferenceRequest:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal(400, Fault(place="body", fault="is not JSON, or not that alone", allowed=_JSON_SIZE)) from None
    return _validated(InferenceRequest, table, "body")


def _validated(kind: type[Kind], table: Any, place: str) -> Kind:
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults = [Fault(place=".".join(map(str, each["loc"])) or place, fault=message_for(each)) for each in details]
        raise Refusal(400, *faults) from None


def _parameters(asked: InferenceRequest, model: Model) -> Parameters:
    """Those of the zoo among the parameters of a request; by default all that the model reports."""
    known = {
        name: value for name, value in asked.parameters.items() if name in Parameters.model_fields and value is not None
    }
    parameters = _validated(Parameters, {"score": 0.0, **known}, "parameters")
    parameters.check(model)
    return parameters


def _outputs(asked: InferenceRequest) -> dict[str, bool]:
    """The outputs that are asked for, and whether each should come as bytes."""
    for each in asked.outputs:
        check_extensions(f"outputs.{each.name[:100]}", each.parameters)
    usual = asked.parameters.get("binary_data_output") is True
    wanted = {each.name: each.parameters.get("binary_data", usual) is True for each in asked.outputs}
    for name in wanted:
        if name not in OUTPUT_TYPES:
            fault = f"there is no output {name[:100]!r}"
            raise Refusal(400, Fault(place="outputs", fault=fault, allowed=f"outputs: {listed(OUTPUT_TYPES)}"))
    return wanted or dict.fromkeys(OUTPUT_TYPES, usual)


async def _pictures(given: RequestInput, behind: bytes, service: Service, claim: Claim) -> list[NDArray[np.uint8]]:
    check_extensions(f"inputs.{given.name[:100]}", given.parameters)
    content = binary_inputs([given], behind).get(given.name)
    if given.name == _FILES:
        files = await to_thread.run_sync(files_in, given, content, limiter=service.threads)
        _check_count(len(files), service.limits)
        uploads = [Upload(f"{_FILES}[{index}]", each) for index, each in enumerate(files)]
        return await pictures_of(uploads, service.limits, claim, service.threads)
    if given.name != _IMAGES:
        fault = f"there is no input {given.name[:100]!r}"
        raise Refusal(400, Fault(place="inputs", fault=fault, allowed=f"inputs: {_IMAGES} or {_FILES}"))
    images = await to_thread.run_sync(pixels_in, given, content, limiter=service.threads)
    _check_count(len(images), service.limits)
    if images.shape[1] * images.shape[2] > service.limits.pixels:
        fault = f"has {images.shape[2]}x{images.shape[1]} pixels; at most {service.limits.pixels / MEGA:g} million"
        raise Refusal(422, Fault(place=f"inputs.{_IMAGES}", fault=fault))
    return [*images]


def _check_count(count: int, limits: Limits) -> None:
    if count > limits.pictures:
        raise Refusal(413, Fault(place="inputs", fault=f"has {count} pictures", allowed=f"at most {limits.pictures}"))


def _answer(model: Model, asked: InferenceRequest, wanted: dict[str, bool], found: Sequence[Detections]) -> Response:
    tensors = _padded(found)
    outputs, behind = zip(
        *(ResponseOutput.of(name, tensors[name], binary=binary) for name, binary in wanted.items()), strict=True
    )
    answer = InferenceResponse(model_name=model.name, model_version=_VERSION, id=asked.id, outputs=list(outputs))
    text = answer.model_dump_json(exclude_none=True).encode()
    if not any(wanted.values()):
        return Response(text, media_type="application/json")
    headers = {_JSON_SIZE: str(len(text))}
    return Response(text + b"".join(behind), media_type="application/octet-stream", headers=headers)


def _padded(found: Sequence[Detections]) -> dict[str, NDArray[Any]]:
    """Boxes (B, K, 4), scores and labels (B, K), and the count (B,) of each picture, of which K is the highest."""
    count = np.array([len(each) for each in found], np.int64)
    shape = (len(found), int(count.max(initial=0)))
    tensors = {"boxes": np.zeros((*shape, 4), np.float32), "scores": np.zeros(shape, np.float32)}
    labels = np.zeros(shape, np.int64)
    for row, each in enumerate(found):
        tensors["boxes"][row, : len(each)] = each.boxes
        tensors["scores"][row, : len(each)] = each.scores
        labels[row, : len(each)] = each.labels
    return {**tensors, "labels": labels, "count": count}
