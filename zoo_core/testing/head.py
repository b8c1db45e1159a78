"""What is promised by heads: scores and four numbers of every anchor, in the order of the anchors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo_core.boxes.protocols import ClassRows
from zoo_core.common.messages import shown
from zoo_core.engines import gluon
from zoo_core.engines.gluon.class_rows import class_rows_of
from zoo_core.parts.components import HeadSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.outputs import Outputs, Scoring
from zoo_core.testing.blocks import BlockContract
from zoo_core.testing.comparing import try_cases
from zoo_core.testing.networks import array, assert_inferred, numbers
from zoo_core.testing.pyramids import PYRAMIDS, Pyramid, arrays_on, sizes

__all__ = ["HeadContract"]

_IMAGE = ImageSize(72, 104)
_CLASSES = 3
_Case = tuple[Pyramid, tuple[int, ...]]
"""Maps, and how many anchors stand in a cell of each."""
_APART = 3
"""So many cells, at most, lies the middle of what a cell changes from that cell."""
_FAR, _FREE = 1000, 10
"""What is added to a row, and by how much it moves some score if nothing bounds that."""


class HeadContract(BlockContract):
    """Every check of a head, on maps that halve from one to the next, with each scoring that it can give.

    Attributes:
        pyramid: the maps that it is given; None for the first that it accepts of 3, 4, 2, 5, 6, 7 and 1 maps.
        anchors_per_cell: of each map; None for the first that it accepts of 2, 3, 4 ..., 2 on each, and 1 on each.
    """

    pyramid: ClassVar[Pyramid | None] = None
    anchors_per_cell: ClassVar[tuple[int, ...] | None] = None
    light_questions: ClassVar[str] = "settings.scorings, settings.incompatibility"
    rests_on: ClassVar[tuple[str, ...]] = (
        "test_is_a_hybrid_block",
        "test_what_it_needs_is_told_plainly",
        "test_outputs_are_as_planned",
    )
    varied: ClassVar[tuple[str, ...]] = (
        "test_what_it_needs_is_told_plainly",
        "test_outputs_are_as_planned",
    )

    def told(self, settings: HeadSettings, scoring: Scoring | None = None, classes: int = _CLASSES) -> Outputs:
        """What the head has to predict."""
        given, each = self._chosen(settings)
        return Outputs(given.of(_IMAGE), each, classes, scoring or min(settings.scorings))

    def block(self, settings: HeadSettings) -> Any:
        """A new head with the first of its scorings."""
        return self._made(settings, self.told(settings))

    def inputs(self, settings: HeadSettings, count: int) -> list[Any]:
        """Random maps."""
        return arrays_on(self.told(settings).feature_maps, count)

    def test_what_it_needs_is_told_plainly(self, settings: HeadSettings) -> None:
        """`scorings` holds `Scoring`, at least one, and `incompatibility()` is a text or None."""
        assert settings.scorings and all(isinstance(each, Scoring) for each in settings.scorings), (
            f"scorings is a frozenset of Scoring, not {settings.scorings!r}"
        )
        for given, each in self._possibilities():
            reason = settings.incompatibility(given.of(_IMAGE), each)
            assert reason is None or (isinstance(reason, str) and reason.strip()), (
                f"incompatibility() is a text that says why not, or None, not {reason!r}"
            )

    def test_outputs_are_as_planned(self, settings: HeadSettings) -> None:
        """For maps and anchors that it accepts, and each scoring, it gives scores (B, N, S) and numbers (B, N, 4)."""

        def check(image: ImageSize, classes: int, scoring: Scoring, case: _Case) -> None:
            given, each = case
            if settings.incompatibility(given.of(image), each):
                return
            outputs, maps = Outputs(given.of(_IMAGE), each, classes, scoring), given.of(image)
            names = [f"map{index}" for index in range(len(maps))]
            said = self.outputs(self._made(settings, outputs), [*map(gluon.mx.sym.var, names)])
            shapes = {name: (2, *map_[:3]) for name, map_ in zip(names, maps, strict=True)}
            count = sum(map_.cells * each for map_, each in zip(maps, outputs.anchors_per_cell, strict=True))
            expected = [(2, count, outputs.scores), (2, count, 4)]
            promise = (
                f"for maps {[*shapes.values()]} with {each} anchors in a cell, against which incompatibility() has "
                f"nothing, {classes} classes and {scoring} it should give {expected}, and"
            )
            assert_inferred(gluon.mx.sym.Group(list(said)), shapes, expected, promise)

        accepted = [(given, each) for given, each in self._possibilities() if self._accepts(settings, given, each)]
        cases, scorings = (
            st.sampled_from(accepted or [self._chosen(settings)]),
            st.sampled_from(sorted(settings.scorings)),
        )
        try_cases(self.examples, check, image=sizes(), classes=st.integers(1, 5), scoring=scorings, case=cases)

    def test_outputs_stand_in_the_order_of_the_anchors(self, settings: HeadSettings) -> None:
        """Map by map, row by row, cell by cell: what a cell holds moves the outputs of anchors around that cell."""
        network, outputs = self.network(settings), self.told(settings)
        given = self.inputs(settings, 1)
        before, start = self._said(network, given), 0
        for index, (map_, each) in enumerate(zip(outputs.feature_maps, outputs.anchors_per_cell, strict=True)):
            end = start + map_.cells * each
            for row, column in {(map_.height // 4, map_.width // 4), (map_.height // 4, 3 * map_.width // 4)}:
                changed = [array.copy() for array in given]
                changed[index][0, :, row, column] += 10
                moved = np.abs(self._said(network, changed) - before).sum(axis=1)
                assert not np.delete(moved, np.s_[start:end]).any(), f"map {index} moves outputs of anchors of others"
                shares = moved[start:end].reshape(map_.height, map_.width, each).sum(axis=2)
                middle = _middle(shares)
                assert np.abs(middle - (row, column)).max() <= _APART, (
                    f"what cell ({row}, {column}) of map {index} of {map_} holds moves outputs around "
                    f"({middle[0]:.1f}, {middle[1]:.1f}): put channels last before you make one axis of the cells"
                )
            start = end

    def test_class_rows_are_those_of_the_classes(self, settings: HeadSettings) -> None:
        """For each scoring, `class_rows` names all rows of each class: they move its score, and nothing else."""
        for scoring in sorted(settings.scorings):
            outputs = self.told(settings, scoring)
            network = self._made(settings, outputs)
            network.initialize()
            given = arrays_on(outputs.feature_maps, 1)
            said = partial(self._said, network, given)
            said()  # some learn the shapes of their weights from a first pass
            rows_by_layer = _rows_said_by(network)
            parameters = network._collect_params_with_prefix()  # noqa: SLF001 -- as save_parameters() does
            for layer, rows in rows_by_layer.items():
                parameter = _named_in_class_rows(layer, parameters)
                self._check_rows(parameter, layer, rows, outputs, said)
                if rows.boxes is not None:
                    count, wanted = len(_named_in_class_rows(rows.boxes, parameters).data()), 4 * rows.anchors
                    assert count == wanted, (
                        f"boxes of class_rows of {layer!r} is {rows.boxes!r}, which has {count} rows and not four for "
                        f"each of {rows.anchors} anchors"
                    )
            named = [(_named_in_class_rows(layer, parameters), rows) for layer, rows in rows_by_layer.items()]
            self._check_all_are_named(named, outputs, said)

    def _check_rows(
        self, parameter: Any, layer: str, rows: ClassRows, outputs: Outputs, said: Callable[[], NDArray[np.float32]]
    ) -> None:
        wanted, values, before = rows.anchors * (rows.before + outputs.classes), parameter.data().copy(), said()
        assert len(values) == wanted, f"class_rows promises {wanted} rows for {layer!r}, and it has {len(values)}"
        for anchor, label in ((0, 0), (rows.anchors - 1, outputs.classes - 1)):
            changed = values.copy()
            changed[anchor * (rows.before + outputs.classes) + rows.before + label] += 1
            parameter.set_data(changed)
            columns = np.flatnonzero((said() != before).any(axis=0))
            parameter.set_data(values)
            expected = outputs.scoring.before_classes + label
            assert columns.tolist() == [expected], (
                f"the row of class {label} of {layer!r} should move score {expected} alone, "
                f"and moves {columns.tolist()}"
            )

    def _check_all_are_named(
        self, named: Sequence[tuple[Any, ClassRows]], outputs: Outputs, said: Callable[[], NDArray[np.float32]]
    ) -> None:
        """The rows of the first class move its score at anchors of every rank on every map."""
        before = said()
        for parameter, rows in named:
            values = parameter.data().asnumpy()
            values[rows.before :: rows.before + outputs.classes] += _FAR
            parameter.set_data(array(values))
        moves, start = np.abs(said() - before)[:, outputs.scoring.before_classes], 0
        moved = moves > 0
        for index, (map_, each) in enumerate(zip(outputs.feature_maps, outputs.anchors_per_cell, strict=True)):
            end = start + map_.cells * each
            assert moved[start:end].reshape(map_.cells, each).any(axis=0).all(), (
                f"no row in class_rows is that of class 0 for every anchor of a cell of map {index}: name all layers "
                "that predict classes, or weights for other classes are lost"
            )
            start = end
        assert moves.max() > _FREE, (
            f"rows of class 0 that are {_FAR} higher move its scores by {moves.max():.3g} at most: "
            "give scores as they are before softmax or sigmoid"
        )

    def test_its_parts_have_names_of_their_own(self, settings: HeadSettings) -> None:
        """Its parameters stand in files without a prefix, so none of its children is named as another part."""
        taken = {"backbone", "neck"} & self.block(settings)._children.keys()  # noqa: SLF001
        assert not taken, f"a child is named {taken.pop()!r}, as is another part of the network"

    def _chosen(self, settings: HeadSettings) -> tuple[Pyramid, tuple[int, ...]]:
        reason = None
        for given, each in self._possibilities():
            if (reason := settings.incompatibility(given.of(_IMAGE), each)) is None:
                return given, each
        raise AssertionError(f"{settings.name!r} accepts no maps that halve from one to the next: {reason}")

    def _accepts(self, settings: HeadSettings, given: Pyramid, anchors_per_cell: tuple[int, ...]) -> bool:
        return settings.incompatibility(given.of(_IMAGE), anchors_per_cell) is None

    def _possibilities(self) -> Iterator[tuple[Pyramid, tuple[int, ...]]]:
        for given in (self.pyramid,) if self.pyramid else PYRAMIDS:
            count = given.maps
            if self.anchors_per_cell is None:
                yield from ((given, each) for each in (tuple(range(2, 2 + count)), (2,) * count, (1,) * count))
            elif len(self.anchors_per_cell) == count:
                yield given, self.anchors_per_cell

    def _made(self, settings: HeadSettings, outputs: Outputs) -> Any:
        return self.registry().make(settings, outputs)

    def _said(self, network: Any, given: list[Any]) -> NDArray[np.float32]:
        """Scores and numbers of one image side by side, (N, S + 4)."""
        said: NDArray[np.float32] = np.concatenate(numbers(self.outputs(network, given)), axis=2)[0]
        return said


def _rows_said_by(network: Any) -> Mapping[str, ClassRows]:
    try:
        rows: object = class_rows_of(network)
    except Exception as error:
        raise AssertionError(f"class_rows fails: {type(error).__name__}: {error}") from error
    assert isinstance(rows, Mapping) and all(isinstance(each, ClassRows) for each in rows.values()), (
        f"class_rows is a property that gives ClassRows by the name of the layer, not {shown(rows)}"
    )
    return rows


def _named_in_class_rows(layer: str, parameters: Mapping[str, Any]) -> Any:
    """The bias of a layer, or its weight where it has none."""
    name = f"{layer}.bias" if f"{layer}.bias" in parameters else f"{layer}.weight"
    assert name in parameters, f"class_rows names {layer!r}, and no parameter begins so"
    return parameters[name]


def _middle(shares: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean row and column, weighted."""
    cells = np.indices(shares.shape).reshape(2, -1)
    return np.asarray((cells * shares.ravel()).sum(axis=1) / max(shares.sum(), np.finfo(np.float32).tiny))
