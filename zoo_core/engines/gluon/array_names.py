"""Matches names of arrays in a file to known parameters, whatever prefixes and counters MXNet put into them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ["match_names"]

_COUNTER = re.compile(r"\d+(?![^._])")
_AFTER_SEPARATOR = re.compile(r"(?<=[._])")


def match_names(stored: Collection[str], known: Mapping[str, str]) -> dict[str, str]:
    """Known names of arrays whose names differ only in how MXNet makes them.

    `export` puts ``arg:`` or ``aux:`` before a name, a block its prefix (``ssd1_``), unless the file was written with
    that stripped; and layers are counted in the order in which a process makes them, so that the second network of a
    process has ``conv22`` where the first has ``conv0``. Counters are ignored only where this explains all names.

    Args:
        stored: names in a file.
        known: by a name that could be in it, that under which it is wanted.

    Returns:
        The wanted name of each array that has one; all of `known` where the file is of the same network.
    """
    plain = {name: re.sub("^(arg|aux):", "", name) for name in stored}
    exact = _behind_a_prefix(plain, known)
    if len(set(exact.values())) == len(set(known.values())):
        return exact
    ranks_stored, ranks_known = _ranked(plain.values()), _ranked(known)
    ranked = _behind_a_prefix(
        {name: ranks_stored[each] for name, each in plain.items()},
        {ranks_known[each]: wanted for each, wanted in known.items()},
    )
    return ranked if len(set(ranked.values())) == len(set(known.values())) else exact


def _behind_a_prefix(plain: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """The wanted names of those known as they are, or without the prefix that most have before a known one."""
    prefixes = Counter(prefix for each in plain.values() for prefix in _prefixes(each, known))
    prefix = max(prefixes, key=lambda each: (prefixes[each], -len(each)), default="")
    bare = {name: each if each in known else each.removeprefix(prefix) for name, each in plain.items()}
    return {name: known[each] for name, each in bare.items() if each in known}


def _prefixes(name: str, known: Mapping[str, str]) -> Iterator[str]:
    for found in _AFTER_SEPARATOR.finditer(name):
        if name[found.start() :] in known:
            yield name[: found.start()]


def _ranked(names: Iterable[str]) -> dict[str, str]:
    """Names with each counter replaced by its rank among those that follow the same beginning."""
    names, counted = list(names), defaultdict(set)
    for name in names:
        for found in _COUNTER.finditer(name):
            counted[name[: found.start()]].add(found[0])
    # As numbers, however many digits they have.
    ranks = {
        before: {each: str(rank) for rank, each in enumerate(sorted(numbers, key=lambda each: (len(each), each)))}
        for before, numbers in counted.items()
    }
    return {name: _COUNTER.sub(lambda found: ranks[found.string[: found.start()]][found[0]], name) for name in names}
