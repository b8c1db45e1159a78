"""The whole service as an application of ASGI."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from zoo_core.common.messages import did_you_mean, listed
from zoo_core.common.versions import core_version
from zoo_core.parts.validation_messages import message_for
from zoo_core.serving import health, inference, page, predicting
from zoo_core.serving.gate import Gate
from zoo_core.serving.parameters import Parameters
from zoo_core.serving.refusals import Fault, Refusal
from zoo_core.serving.service import Service

__all__ = ["application"]


def application(
    service: Service,
    token: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    *,
    examples: bool = False,
) -> FastAPI:
    """The application of a service.

    Args:
        service: its models and limits.
        token: that clients must send; None where everybody may ask.
        say: called with a line about an unexpected failure.
        examples: whether validation images of the models are shown.
    """
    app = FastAPI(
        title="Detector zoo",
        version=core_version(),
        summary="Object detectors over HTTP.",
        redoc_url=None,
        lifespan=service.running,
    )
    for routes in (predicting.routes, inference.routes, health.routes):
        app.include_router(routes(service))
    app.include_router(page.routes(service, examples=examples))
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unrouted)
    app.add_middleware(Gate, metrics=service.metrics, token=token, say=say)
    return app


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 -- what it is registered for
    return error.answer


async def _invalid(_request: Request, error: Exception) -> Response:
    """Parameters of the address that cannot be meant, in the words of configurations."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return Refusal(422, *(_fault(each) for each in error.errors())).answer


def _fault(detail: dict[str, object]) -> Fault:
    place = ".".join(map(str, detail["loc"][1:]))  # type: ignore[index]
    if detail["type"] == "extra_forbidden":
        known = list(Parameters.model_fields)
        return Fault(
            place=place, fault=f"unknown parameter{did_you_mean(place, known)}", allowed=f"parameters: {listed(known)}"
        )
    return Fault(place=place, fault=message_for(detail))


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    what = f"{request.method} {request.url.path[:200]}"
    headers = dict(error.headers or {})
    if allowed := headers.get("Allow", ""):
        headers["Allow"] = allowed = allowed.replace("GET", "GET, HEAD")  # which the gate answers
    return Refusal(
        error.status_code,
        Fault(place=what, fault=error.detail.lower(), allowed=f"methods: {allowed}" if allowed else "see /docs"),
        headers=headers,
    ).answer
