"""What an exported file says of itself, beside its operators: read without the plugins that made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, cast

from zoo_core.common.errors import RunError
from zoo_core.parts.geometry import ImageSize, Placement
from zoo_core.parts.resizing import ResizeSettings, placed
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.registry import default_registry

__all__ = ["Description"]

_PREFIX = "zoo."
_ORIGINAL, _RESIZED = "original", "resized"


@dataclass(frozen=True)
class Description:
    """The facts that stand in the metadata of a file, each as text under ``zoo.`` and its name.

    `resized` is ``zoo.pictures``, which is ``original`` or ``resized``.

    Attributes:
        classes: their names in the order of the labels.
        input_size: input size of the network.
        outputs: ``boxes``, or ``raw`` where decoding was left out.
        precision: precision of the network: ``float32`` or ``int8``.
        configuration: the whole configuration of the detector.
        version: version of the zoo that wrote the file.
        resized: whether the file takes pictures that were resized to `input_size` as `resize` says; else it resizes
            them itself.
    """

    classes: tuple[str, ...]
    input_size: ImageSize
    outputs: str
    precision: str
    configuration: Mapping[str, Any]
    version: str
    resized: bool = False

    @cached_property
    def resize(self) -> ResizeSettings:
        """How the configuration resizes pictures."""
        settings = settings_from(default_registry(), "resize", self.configuration["resize"])
        return cast("ResizeSettings", settings)

    def placement(self, picture: ImageSize) -> Placement:
        """Where a picture of some size lies in the network's input by the configuration."""
        return placed(self.resize, picture, ImageSize.parse(self.configuration["input_size"]))

    def to_metadata(self) -> dict[str, str]:
        """As names and texts; classes and configuration are JSON."""
        facts = {
            "classes": json.dumps(self.classes, ensure_ascii=False),
            "configuration": json.dumps(self.configuration, ensure_ascii=False),
            "input_size": str(self.input_size),
            "outputs": self.outputs,
            "pictures": _RESIZED if self.resized else _ORIGINAL,
            "precision": self.precision,
            "version": self.version,
        }
        return {f"{_PREFIX}{name}": text for name, text in facts.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], path: Path) -> Self:
        """Read what `to_metadata` gives.

        Raises:
            RunError: the zoo did not write this file, or its description is damaged.
        """
        try:
            facts = {
                name: metadata[f"{_PREFIX}{name}"]
                for name in ("classes", "input_size", "outputs", "precision", "configuration", "version")
            }
            configuration = json.loads(facts["configuration"])
            described = cls(
                classes=_classes(facts["classes"], configuration),
                input_size=ImageSize.parse(facts["input_size"]),
                outputs=_one_of(facts["outputs"], "boxes", "raw"),
                precision=_one_of(facts["precision"], "float32", "int8"),
                configuration=configuration,
                version=facts["version"],
                # files of a zoo that knew no other way have no such entry
                resized=metadata.get(f"{_PREFIX}pictures", _ORIGINAL) == _RESIZED,
            )
            if described.resized:
                described.placement(described.input_size)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise RunError(
                f"{path}: is an ONNX file, but was not written by `zoo export`: the zoo's metadata "
                f"is missing or damaged ({type(error).__name__}: {error})"
            ) from None
        return described


def _classes(text: str, configuration: object) -> tuple[str, ...]:
    names = json.loads(text)
    if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
        raise ValueError("the classes are not a list of names")
    if not isinstance(configuration, dict) or configuration.get("classes") != names:
        raise ValueError("the configuration has other classes")
    return tuple(names)


def _one_of(value: str, *allowed: str) -> str:
    if value not in allowed:
        raise ValueError(f"{value[:40]!r} is neither of {' and '.join(allowed)}")
    return value
