"""The layers of a head with rows for each class: for how many classes they are, and which rows those are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zoo_core.boxes.protocols import ClassRows

__all__ = ["NO_CLASS_LAYERS", "ClassLayers", "Shape", "rows_in"]

Shape = tuple[int, ...]


class ClassLayers:
    """Those of a network.

    Args:
        rows: by layer, as its head says; see `zoo_core.boxes.protocols.Head.class_rows`.
    """

    def __init__(self, rows: Mapping[str, ClassRows]) -> None:
        self._rows = rows

    def rows_of(self, parameter: str) -> ClassRows | None:
        """How the rows of a parameter are divided; None where it has none for each class."""
        return self._rows.get(parameter.rpartition(".")[0])

    def divided_like(self, parameter: str) -> str | None:
        """The class layer of a parameter: its own, or that of the boxes of the same anchors; None for neither."""
        layer = parameter.rpartition(".")[0]
        return next((each for each, rows in self._rows.items() if layer in (each, rows.boxes)), None)

    def anchors(self, layer: str, shapes: Mapping[str, Shape]) -> int:
        """In a cell, of the class layer of a detector whose parameters have these shapes."""
        rows = self._rows[layer]
        boxes = None if rows.boxes is None else rows_in(rows.boxes, shapes)
        return rows.anchors if boxes is None else boxes // 4

    def trained_for(self, shapes: Mapping[str, Shape]) -> int | None:
        """The classes of a detector whose parameters have these shapes; None where they do not say it."""
        counts = set(self._counts(shapes))
        return counts.pop() if len(counts) == 1 else None

    def _counts(self, shapes: Mapping[str, Shape]) -> Iterator[int | None]:
        for layer, rows in self._rows.items():
            if (total := rows_in(layer, shapes)) is not None:
                each, rest = divmod(total, self.anchors(layer, shapes) or total + 1)
                yield each - rows.before if not rest and each > rows.before else None


def rows_in(layer: str, shapes: Mapping[str, Shape]) -> int | None:
    """The length of the first axis of a layer's parameters; None where there is no such layer."""
    found = next((shapes[name] for part in ("bias", "weight") if (name := f"{layer}.{part}") in shapes), None)
    return found[0] if found else None


NO_CLASS_LAYERS = ClassLayers({})
"""Those of a network of which nothing is known but its weights."""
