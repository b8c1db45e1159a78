"""The page at ``/``, on which people try the models: one file that fetches nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated

import jinja2
import numpy as np
from anyio import to_thread
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from zoo_core.common.versions import core_version
from zoo_core.config.detector import NmsSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.postprocessing import Found
from zoo_core.serving.answers import FoundObject
from zoo_core.serving.bodies import uploads_of
from zoo_core.serving.examples import Examples
from zoo_core.serving.models import Model
from zoo_core.serving.pictures import pictures_of
from zoo_core.serving.refusals import Failure, Fault, Refusal
from zoo_core.serving.service import Service
from zoo_core.serving.worker import Look

__all__ = ["routes"]

_SCRIPTS = ("suppression.js", "drawing.js", "asking.js", "page.js")
_STYLE = "page.css"
_LOWEST = 0.05
"""Score of the candidates, where the slider of the page ends."""
_FAR = 1e6
"""JSON has no infinity, which a network can say."""


class Candidates(BaseModel):
    """Objects from which the page chooses as its sliders say, highest score first."""

    width: int
    height: int
    objects: list[FoundObject]
    """Their boxes may reach beyond the picture, as suppression sees them."""


def routes(service: Service, *, examples: bool) -> APIRouter:
    """The page, and the pictures that it offers.

    Args:
        service: whose models it shows.
        examples: whether it offers validation images of the models.
    """
    router = APIRouter(tags=["page"])
    content, headers = _page()
    offered: Mapping[str, Examples] = {}
    if examples:
        offered = {name: Examples(model) for name, model in service.models.items()}

    @router.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> Response:
        return HTMLResponse(content, headers=headers)

    @router.post("/v1/models/{name}/candidates", responses={404: {"model": Failure}, 422: {"model": Failure}})
    async def candidates(name: str, request: Request) -> Candidates:
        """What may be shown of one picture: before suppression, unless the model does that itself."""
        model = service.model(name)
        with service.memory.claim() as claim:
            uploads = await uploads_of(request, service.limits, claim)
            pictures = await pictures_of(uploads[:1], service.limits, claim, service.threads)
            (found,) = await service.find(model, pictures, Look(_unsuppressed(model)))
            return _candidates(found, model.class_names, ImageSize(*pictures[0].shape[:2]))

    @router.get("/v1/models/{name}/examples", responses={404: {"model": Failure}})
    async def count(name: str) -> int:
        """How many pictures there are to try a model on."""
        service.model(name)
        return await to_thread.run_sync(len, offered[name], limiter=service.threads) if name in offered else 0

    @router.get("/v1/models/{name}/examples/{index}", response_class=Response, responses={404: {"model": Failure}})
    async def example(name: str, index: Annotated[int, Path(ge=0, lt=1000)]) -> Response:
        """One of them, as JPEG."""
        there = await count(name)
        picture = None
        if index < there:
            picture = await to_thread.run_sync(offered[name].jpeg, index, limiter=service.threads)
        if picture is None:
            raise Refusal(
                404, Fault(place="examples", fault=f"there is no example {index}", allowed=f"{there} examples")
            )
        return Response(picture, media_type="image/jpeg")

    return router


def _unsuppressed(model: Model) -> NmsSettings:
    return model.nms if model.suppresses_itself else model.nms.model_copy(update={"iou": 1, "keep": model.nms.top_k})


def _candidates(found: Found, names: Sequence[str], size: ImageSize) -> Candidates:
    count = int((found.scores >= _LOWEST).sum())
    boxes = np.clip(np.nan_to_num(found.boxes[:count]), -_FAR, _FAR).tolist()
    rows = zip(boxes, found.scores.tolist(), found.labels.tolist(), strict=False)
    objects = [FoundObject(box=box, score=score, label=label, name=names[label]) for box, score, label in rows]
    return Candidates(width=size.width, height=size.height, objects=objects)


def _page() -> tuple[str, dict[str, str]]:
    """The page, and headers by which a browser runs its script and no other."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__name__.rpartition(".")[0]), autoescape=True, undefined=jinja2.StrictUndefined
    )
    loaded = {name: environment.loader.get_source(environment, name)[0] for name in (*_SCRIPTS, _STYLE)}  # type: ignore[union-attr]
    script, style = "\n".join(loaded[name] for name in _SCRIPTS), loaded[_STYLE]
    page = environment.get_template("page.html.jinja").render(script=script, style=style, version=core_version())
    policy = (
        f"default-src 'none'; img-src 'self' blob: data:; media-src blob: mediastream:; connect-src 'self'; "
        f"script-src '{_digest(script)}'; style-src '{_digest(style)}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )
    return page, {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
