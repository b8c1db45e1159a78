"""What can be wrong with the names of classes in a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import closest, counted, did_you_mean, listed
from zoo_core.data.readers.records import Fault, FaultKind, Record

__all__ = ["check_classes", "class_faults"]


def class_faults(records: Sequence[Record], known: Sequence[str] | None) -> Iterator[tuple[Record, Fault]]:
    """Classes that are not known, and classes that differ only by upper and lower case.

    Each is reported once, with the first record that has it.

    Args:
        records: the images of all splits.
        known: the expected classes; None when they are not given.
    """
    found = Counter(each.name for record in records for each in record.objects)
    first: dict[str, tuple[Record, str]] = {}
    for record in records:
        for each in record.objects:
            first.setdefault(each.name, (record, record.place_of(each)))
    # Where classes are not given, the most frequent spelling of a name is taken to be the right one.
    right = {name.lower(): name for name in known or [name for name, _ in reversed(found.most_common())]}
    for name, count in found.items():
        meant = name if name in (known or ()) else right.get(name.lower())
        record, place = first[name]
        times = counted(count, "object")
        if meant not in (None, name):
            message = f"the class {name!r} of {times} differs from {meant!r} only by upper and lower case"
            yield record, Fault(FaultKind.OTHER_CASE, place, message, f"write {meant!r}")
        elif known is not None and meant is None:
            message = f"the class {name!r} of {times} is unknown; the classes are {listed(known)}"
            guess = did_you_mean(name, known, "").removeprefix("; ")
            remedy = guess or "add it to the classes, or skip its objects with data.other_classes=skip"
            yield record, Fault(FaultKind.UNKNOWN_CLASS, place, message, remedy)


def check_classes(place: str, found: Counter[str], configured: Sequence[str], *, skip: bool) -> None:
    """Refuse classes that are written otherwise in the data, others unless `skip`, and data without any object.

    Args:
        place: what messages call the data.
        found: how many objects each class has that is there.
        configured: the classes that there should be.
        skip: whether objects of others are left out.

    Raises:
        DatasetError: as said.
    """
    others = [name for name, _ in found.most_common() if name not in configured]
    in_data = ", ".join(f"{name} ({count})" for name, count in found.most_common()) or "none"
    for name in configured:
        in_other_case = [other for other in others if other.lower() == name.lower()]
        # Whoever leaves classes out knows their names, so only a different case is certainly a mistake.
        near = in_other_case[0] if in_other_case else None if skip else closest(name, others)
        if near and (in_other_case or name not in found):
            what = f"has no object of class {name!r}; did you mean {near!r}?"
            if name in found:
                what = f"the class {near!r} differs from {name!r} only by upper and lower case; write {name!r};"
            raise DatasetError(f"{place}: {what} classes in the data, with object counts: {in_data}")
    if others and not skip:
        raise DatasetError(
            f"{place}: has objects of classes that are not configured: {listed(others)}; "
            f"add them to classes, or leave their objects out with data.other_classes=skip; "
            f"classes in the data, with object counts: {in_data}"
        )
    if not any(name in found for name in configured):
        raise DatasetError(
            f"{place}: has no object of the configured classes ({listed(configured)}); "
            f"classes in the data, with object counts: {in_data}"
        )
