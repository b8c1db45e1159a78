"""How messages word names, numbers and values, and what was probably meant."""

from __future__ import annotations

import difflib
import re
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = [
    "HARMFUL",
    "closest",
    "counted",
    "did_you_mean",
    "in_short",
    "listed",
    "one_line",
    "printable",
    "printable_message",
    "shown",
]


def closest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` was probably meant to be, if any is near; case is ignored."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """``"; did you mean 'depth'?"``, or `otherwise` when no known name is near `word`."""
    near = closest(word, known)
    return f"; did you mean {near!r}?" if near else otherwise


def listed(names: Iterable[str], none: str = "none", most: int | None = None) -> str:
    """Names joined by commas, or the word `none` when there are none; those after `most` are counted."""
    every = list(names)
    kept = every if most is None else every[:most]
    return (", ".join(kept) or none) + (f" and {len(every) - len(kept)} more" if len(kept) < len(every) else "")


def counted(number: int, thing: str, things: str | None = None) -> str:
    """``"1 problem"``, ``"2 problems"``, ``"3 classes"``; `things` where the plural is not made with an s."""
    return f"{number} {thing}" if number == 1 else f"{number} {things or f'{thing}s'}"


def in_short(class_names: Sequence[str]) -> str:
    """``"3 classes (cat, dog, cow)"``, as representations say them; no more than five are named."""
    return f"{counted(len(class_names), 'class', 'classes')} ({listed(class_names, most=_NAMED)})"


class _Short(reprlib.Repr):
    """Python's notation, but for the words that YAML has for them."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 60
        self.maxlong = 40
        self.maxlist = self.maxtuple = 6
        self.maxdict = 4
        self.maxlevel = 3

    def repr_bool(self, value: bool, _level: int) -> str:
        return "true" if value else "false"

    def repr_int(self, value: int, level: int) -> str:
        # Python refuses to write the digits of a number of thousands of them.
        bits = value.bit_length()
        return super().repr_int(value, level) if bits < _WRITABLE_BITS else f"a whole number of {bits} bits"

    def repr_NoneType(self, _value: None, _level: int) -> str:  # noqa: N802 -- reprlib looks for the name of the type
        return "null"


_WIDEST = 120
_NAMED = 5


_WRITABLE_BITS = 10_000


_SHORT = _Short()


def shown(value: Any) -> str:
    """A value of a configuration as a message shows it, cut where it is long, deep or endless."""
    text = _SHORT.repr(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What moves the cursor, colours or renames a terminal (C0, C1), turns the direction of what follows, begins a line
unseen, or cannot be written in UTF-8. Tabs and line breaks are left."""


def printable(text: str) -> str:
    """Text that does nothing to a terminal but be read: names of files, classes and plugins, and what servers say."""
    return HARMFUL.sub(_escaped, text)


def printable_message(text: str) -> str:
    """The same for the message of an error, whose further lines are indented: another line break is from a name."""
    return re.sub(r"\n(?! )", r"\\n", printable(text))


def one_line(text: str) -> str:
    """The same in one line, for a name: a line break in it, which could pass for ours, is shown as what it is."""
    return printable(text).replace("\n", r"\n").replace("\t", r"\t")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
