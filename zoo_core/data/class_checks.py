"""What can be wrong with the names of classes in a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from zoo_core.data.records import Fault, FaultKind, Record
from zoo_core.errors import counted, did_you_mean, listed

__all__ = ["class_faults"]


def class_faults(records: Sequence[Record], known: Sequence[str] | None) -> Iterator[tuple[Record, Fault]]:
    """Classes that are not known, and classes that differ by upper and lower case alone.

    Each is told once, with the first record that has it.

    Args:
        records: the images of all splits.
        known: the classes that there should be; None when nobody says.
    """
    found = Counter(each.name for record in records for each in record.objects)
    first: dict[str, tuple[Record, str]] = {}
    for record in records:
        for each in record.objects:
            first.setdefault(each.name, (record, record.place_of(each)))
    # Where nobody says, the most frequent way to write a name is taken for the right one.
    right = {name.lower(): name for name in known or [name for name, _ in reversed(found.most_common())]}
    for name, count in found.items():
        meant = name if name in (known or ()) else right.get(name.lower())
        record, place = first[name]
        times = counted(count, "object")
        if meant not in (None, name):
            message = f"the class {name!r} of {times} differs from {meant!r} by upper and lower case alone"
            yield record, Fault(FaultKind.OTHER_CASE, place, message, f"write {meant!r}")
        elif known is not None and meant is None:
            message = f"the class {name!r} of {times} is unknown; the classes are {listed(known)}"
            guess = did_you_mean(name, known, "").removeprefix("; ")
            remedy = guess or "add it to the classes, or leave its objects out with data.other_classes=skip"
            yield record, Fault(FaultKind.UNKNOWN_CLASS, place, message, remedy)
