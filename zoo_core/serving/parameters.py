"""What a client may ask of a prediction, in the words of ``zoo predict``."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.datastructures import QueryParams

from zoo_core.common.errors import ArgumentError
from zoo_core.config.detector import NmsSettings
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.labels import labels_of
from zoo_core.prediction.views import Views
from zoo_core.serving.models import Model
from zoo_core.serving.refusals import Fault, Refusal

__all__ = ["Parameters", "check_given_once"]


class Parameters(BaseModel):
    """Which detections are reported."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, description="The minimum score.")] = 0.5
    iou: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            allow_inf_nan=False,
            description="IoU above which the lower-scoring of two boxes is suppressed; by default that of the model.",
        ),
    ] = None
    keep: Annotated[
        int | None, Field(ge=1, description="The most detections of a picture; by default that of the model.")
    ] = None
    classes: Annotated[str | None, Field(max_length=10_000, description="Only these classes, separated by commas.")] = (
        None
    )

    slice: Annotated[
        str | None,
        BeforeValidator(lambda given: str(given) if isinstance(given, int) else given),
        Field(description="Cut larger pictures into windows of this size, as 640 or 480x640 (height x width)."),
    ] = None
    overlap: Annotated[
        int | None, Field(ge=0, description="Pixels by which windows overlap; by default a fifth of slice.")
    ] = None
    flip: Annotated[bool, Field(description="Look at mirror images, too.")] = False

    def check(self, model: Model) -> None:
        """Nothing, unless a model cannot do what is asked.

        Raises:
            Refusal: says all that it cannot.
        """
        faults = []
        try:
            self.views()
        except ArgumentError as error:
            place, _, fault = re.split(r"(: | )", str(error), maxsplit=1)
            faults.append(Fault(place=place, fault=fault))
        try:
            self._labels(model)
        except ArgumentError as error:
            fault, _, known = str(error).partition(" classes: ")
            faults.append(Fault(place="classes", fault=fault.rstrip(";"), allowed=f"classes: {known}"))
        if model.suppresses_itself and self.iou not in (None, model.nms.iou):
            fault = f"is part of the exported file, as {model.nms.iou:g}; given {self.iou:g}"
            faults.append(Fault(place="iou", fault=fault, allowed="leave it out, or serve the run"))
        most = model.nms.keep if model.suppresses_itself else model.nms.top_k
        if self.keep is not None and self.keep > most:
            faults.append(Fault(place="keep", fault=f"should be at most {most}; given {self.keep}"))
        if faults:
            raise Refusal(422, *faults)

    def nms(self, model: Model) -> NmsSettings:
        """Which boxes are kept of a picture."""
        asked = {"iou": self.iou, "keep": self.keep}
        return model.nms.model_copy(update={name: value for name, value in asked.items() if value is not None})

    def views(self) -> Views:
        """Which views of a picture are looked at.

        Raises:
            ArgumentError: they cannot be meant.
        """
        return Views.of({"slice": self.slice, "overlap": self.overlap, "flip": self.flip})

    def chosen(self, found: Detections, model: Model) -> Detections:
        """Those that are reported."""
        found = found.above(self.score)
        return found if self.classes is None else found.of(self._names(model))

    def _names(self, model: Model) -> list[str]:
        classes = self.classes or ""
        return [classes] if classes in model.class_names else [name.strip() for name in classes.split(",")]

    def _labels(self, model: Model) -> list[int]:
        return [] if self.classes is None else labels_of(self._names(model), model.class_names)


def check_given_once(parameters: QueryParams) -> None:
    """Nothing, unless a parameter of an address is there twice: of both one would be passed over.

    Raises:
        Refusal: names each.
    """
    counts = Counter(name for name, _ in parameters.multi_items())
    faults = [
        Fault(place=name[:100], fault=f"is given {count} times", allowed="once; classes are separated by commas")
        for name, count in counts.items()
        if count > 1
    ]
    if faults:
        raise Refusal(422, *faults)
