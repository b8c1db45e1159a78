"""From the names of classes to their labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zoo_core.common.errors import ArgumentError
from zoo_core.common.messages import did_you_mean, listed

__all__ = ["labels_of"]

_MOST_CLASSES = 30
"""Classes that a message names; there may be thousands."""


def labels_of(names: str | Iterable[str], class_names: Sequence[str]) -> list[int]:
    """The labels of a class, or of several.

    Raises:
        ArgumentError: there is no such class; lists those that there are.
    """
    labels = []
    for name in [names] if isinstance(names, str) or not isinstance(names, Iterable) else names:
        if name not in class_names:
            guess = did_you_mean(str(name), class_names, ";")
            raise ArgumentError(f"no class is named {name!r}{guess} classes: {listed(class_names, most=_MOST_CLASSES)}")
        labels.append(class_names.index(name))
    return labels
