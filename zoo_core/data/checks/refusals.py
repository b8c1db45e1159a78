"""Which problems of a data set make training refuse it: those in what it uses, when it refuses that.

Nothing is judged here: the splits are opened as training opens them, so that both always agree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.records import Fault, FaultKind, Record
from zoo_core.data.readers.splits import not_parted

__all__ = ["LocatedFault", "Use", "refused", "uses_of"]

_Key = tuple[str, str]

_WHEN_OPENED = {
    FaultKind.ANNOTATION,
    FaultKind.MISSING_IMAGE,
    FaultKind.EMPTY_SPLIT,
    FaultKind.UNKNOWN_CLASS,
    FaultKind.OTHER_CASE,
    FaultKind.CORNERS_OR_SIZES,
    FaultKind.PIXELS_OR_FRACTIONS,
    FaultKind.NO_BOX,
    FaultKind.INVERTED_BOX,
    FaultKind.EMPTY_BOX,
    FaultKind.BOX_OUTSIDE,
}
"""For these training can refuse a split when it opens it; for which it does, the settings say."""
_WHEN_READ = {FaultKind.UNREADABLE_IMAGE, FaultKind.OTHER_SIZE}
"""For these training ends when it comes to the image."""


class LocatedFault(NamedTuple):
    """A fault, and where it is: in a record, or, where there is none, in a whole split."""

    fault: Fault
    split: str
    record: Record | None = None


class Use(NamedTuple):
    """What training takes for one purpose.

    Attributes:
        purpose: to train on, or to score on.
        splits: their names, as far as they are there.
        records: what tells their records from others.
        refusal: why they cannot be used; None when they can.
    """

    purpose: Literal["train", "validation"]
    splits: frozenset[str]
    records: frozenset[_Key]
    refusal: DatasetError | None

    def takes(self, record: Record) -> bool:
        """Whether a record is taken."""
        return _key(record) in self.records

    def has(self, located: LocatedFault) -> bool:
        """Whether a problem is in what training uses."""
        return located.split in self.splits if located.record is None else self.takes(located.record)


def uses_of(reader: AnnotatedReader, class_names: Sequence[str]) -> tuple[Use, Use]:
    """What training takes, opened as it does."""
    return _use(reader, "train", class_names), _use(reader, "validation", class_names)


def _use(reader: AnnotatedReader, purpose: Literal["train", "validation"], class_names: Sequence[str]) -> Use:
    refusal = None
    try:
        getattr(reader, purpose)(class_names)
    except DatasetError as error:
        refusal = error
    names, keys = set[str](), set[_Key]()
    for part in reader.parts_for(purpose):
        try:
            names.add(part if part in reader.parts() else reader.name_of(part))
        except DatasetError:
            names.add(part)
        try:
            keys |= {_key(record) for record in reader.part(part)}
        except DatasetError:
            continue  # the refusal says it
    return Use(purpose, frozenset(names), frozenset(keys), refusal)


def _key(record: Record) -> _Key:
    return str(record.image), str(record.annotation)


def refused(
    located: Sequence[LocatedFault], uses: Sequence[Use], reader: AnnotatedReader
) -> tuple[list[Fault], frozenset[Fault]]:
    """The problems to be reported in addition, and all for which training refuses the data set.

    Where training refuses what it uses, and none of the problems there can be why, its own message is a problem.
    """
    kinds = _WHEN_OPENED - _left_out(reader.settings)
    errors = {
        each.fault
        for each in located
        for use in uses
        if use.has(each) and each.fault.kind in (_WHEN_READ | kinds if use.refusal else _WHEN_READ)
    }
    besides = []
    for use in uses:
        if use.refusal and not any(use.has(each) and each.fault in errors for each in located):
            if _is_still_to_be_said(use, reader):
                besides.append(_to_be_said(reader))
                continue
            besides.append(Fault.of(FaultKind.UNUSABLE_SPLIT, use.refusal))
            errors.add(besides[-1])
    return besides, frozenset(errors)


def _to_be_said(reader: AnnotatedReader) -> Fault:
    message = f"has only one split, {reader.splits()[0]!r}, and nothing says what to score on"
    remedy = "hold out a part of it, for example with data.validation=0.2, or name another split"
    return Fault(FaultKind.UNUSABLE_SPLIT, str(reader.root), message, remedy)


def _left_out(settings: object) -> set[FaultKind]:
    broken = {FaultKind.NO_BOX, FaultKind.INVERTED_BOX, FaultKind.EMPTY_BOX, FaultKind.BOX_OUTSIDE}
    classes = {FaultKind.UNKNOWN_CLASS} if getattr(settings, "other_classes", None) == "skip" else set[FaultKind]()
    return classes | (broken if getattr(settings, "broken", None) == "skip" else set())


def _is_still_to_be_said(use: Use, reader: AnnotatedReader) -> bool:
    """Whether the data set has no splits and the settings do not say what to score on: not a problem of the data."""
    has_said: Collection[str] = reader.settings.model_fields_set
    return (
        use.purpose == "validation" and not use.records and "validation" not in has_said and not_parted(reader.splits())
    )
