"""Divides a data set without splits into images to train on and images to score on.

Each image may show objects of several classes, and images of one group stay together, so
that no choice keeps every share exactly. As in iterative stratification, the rarest class
is served first: of the groups in which it occurs, as many are held out as its share asks
for; then the next class; and last, all images together. No group is held out that is the
last with one of its classes.

Which group comes first is decided by a digest of its name and the seed, so that neither
the order of a listing nor the machine matters.

Source: Sechidis et al., On the Stratification of Multi-Label Data, 2011, for the order.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import counted, listed
from zoo_core.data.annotated_settings import AnnotatedSettings
from zoo_core.data.readers.records import ImageFile, Record
from zoo_core.data.readers.splits import name_of_split

__all__ = ["HELD_OUT", "PARTS", "TRAIN", "divided", "only_split"]

PARTS = TRAIN, HELD_OUT = "train", "val"
"""What the two parts are called."""

_EVERY = ""
"""Stands for a class that every image has, so that their number is one more share to keep."""
_LONGEST_LIST = 3


def only_split(there: Sequence[str], settings: AnnotatedSettings, root: Path) -> str:
    """The split that is divided.

    Raises:
        DatasetError: there is none, there are several, or the settings train on another one.
    """
    if len(there) != 1:
        wanted = f"data.validation={settings.validation:g} holds out a part of data without splits"
        remedy = "name the one to score on" if there else "set data.root to a folder that has some"
        raise DatasetError(f"{root}: {wanted}, and the available splits are: {listed(there)}; {remedy}")
    if settings.train not in (tuple(there), type(settings).model_fields["train"].default):
        name_of_split(listed(settings.train), there, root)
    return there[0]


def divided(
    records: Sequence[Record], root: Path, fraction: float, seed: int = 0, group_by: str | None = None
) -> dict[str, list[Record]]:
    """The images to train on and those to score on, each in the order in which they are given.

    Args:
        records: all images.
        root: the folder of the data set, to which names are relative.
        fraction: how many of the images are scored on.
        seed: another number gives other images.
        group_by: a regular expression that is searched for in the path of each image below the
            root; images for which it finds the same text, that of its first group if it has
            one, stay together. Without it each image stands alone.

    Raises:
        DatasetError: there are too few images or groups, or the expression is not found in some image.
    """
    names = [_group(record, root, group_by) for record in records]
    if unmatched := [_name(record, root) for record, name in zip(records, names, strict=True) if name is None]:
        shown = listed(unmatched[:_LONGEST_LIST]) + (", ..." if len(unmatched) > _LONGEST_LIST else "")
        raise DatasetError(
            f"{root}: data.group_by={group_by!r} is not found in the name of {len(unmatched)} of "
            f"{counted(len(records), 'image')} ({shown}); every image needs a group"
        )
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for record, name in zip(records, names, strict=True):
        groups[str(name)].update({_EVERY, *(each.name for each in record.objects if each.name)})
    held = _held_out(groups, fraction, seed)
    if not held:
        what = counted(len(groups), "image" if group_by is None else "group")
        raise DatasetError(
            f"{root}: has too few images to hold out {fraction:g} of them: {what}, and each is the last "
            "with one of its classes; add some, or name a split to score on with data.validation"
        )
    parts: dict[str, list[Record]] = {TRAIN: [], HELD_OUT: []}
    for record, name in zip(records, names, strict=True):
        parts[HELD_OUT if name in held else TRAIN].append(record)
    return parts


def _name(record: Record, root: Path) -> str:
    """The path of an image below the root, written alike on every system."""
    name = record.image_id
    if isinstance(record.image, ImageFile) and not record.faults and record.image.path.is_relative_to(root):
        name = record.image.path.relative_to(root).as_posix()
    return unicodedata.normalize("NFC", name)


def _group(record: Record, root: Path, pattern: str | None) -> str | None:
    """The group of an image; None where the pattern is not found."""
    name = _name(record, root)
    if pattern is None or record.faults:
        return name
    found = re.search(pattern, name)
    return None if found is None else next((text for text in found.groups() if text is not None), found[0])


def _held_out(groups: dict[str, Counter[str]], fraction: float, seed: int) -> set[str]:
    """The names of the groups to score on.

    Args:
        groups: for each its numbers of images, those with each class and all of them.
        fraction: fraction of the images.
        seed: seed of the order.
    """
    order = sorted(groups, key=lambda name: blake2b(f"{seed}/{name}".encode("utf-8", "surrogatepass")).digest())
    with_class: dict[str, list[str]] = defaultdict(list)
    for name in order:
        for kind in groups[name]:
            with_class[kind].append(name)
    training: Counter[str] = Counter()
    for numbers in groups.values():
        training.update(numbers)
    wanted = {kind: fraction * number for kind, number in training.items()}
    held, served = set[str](), set[str]()
    carried = 0.0  # what rounding left of the classes before, or rare classes would never be held out, or always
    for kind in sorted(with_class, key=lambda kind: (kind == _EVERY, training[kind], kind)):
        missing = wanted[kind] - sum(groups[name][kind] for name in with_class[kind] if name in held)
        missing += 0.0 if kind == _EVERY else carried
        # Those with classes that were served already come last, so that their shares stay.
        for name in sorted(with_class[kind], key=lambda name: len(groups[name].keys() & served)):
            if missing < 0.5:
                break
            number = groups[name][kind]
            spared = all(training[each] > count for each, count in groups[name].items())
            if name not in held and spared and missing >= number / 2:
                held.add(name)
                training.subtract(groups[name])
                missing -= number
        served.add(kind)
        carried = min(max(missing, -0.5), 0.5)
    return held
