"""Whether a service lives, whether it is ready, and its numbers for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from zoo_core.serving.refusals import Failure
from zoo_core.serving.service import Service

__all__ = ["routes"]


def routes(service: Service) -> APIRouter:
    """The routes of a service."""
    router = APIRouter(tags=["operation"])

    @router.get("/health/live", response_class=PlainTextResponse)
    async def live() -> str:
        """The process answers."""
        return "live\n"

    @router.get("/health/ready", response_class=PlainTextResponse, responses={503: {"model": Failure}})
    async def ready() -> str:
        """Every model works."""
        service.check_ready()
        return "ready\n"

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """The numbers of the service, in the text format of Prometheus."""
        return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router
