"""Names of files whose letters are composed in one place and decomposed in another.

An accent can be part of its letter (NFC) or follow it (NFD). macOS's tools write the second, everybody
else the first, and to Linux these are two names that look the same.

Source: Unicode Standard Annex #15, Unicode Normalization Forms.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

__all__ = ["as_it_is_called", "composed", "decomposed"]


def as_it_is_called(path: Path) -> Path:
    """The path by which a file or folder is there, if only its letters are composed otherwise; else the path itself."""
    if str(path).isascii() or _exists(path):
        return path
    found = Path(path.anchor)
    for part in path.relative_to(path.anchor).parts:
        spelt = (part, composed(part), decomposed(part))
        found = next((found / each for each in spelt if _exists(found / each)), found / part)
    return found if _exists(found) else path


def composed(name: str) -> str:
    """A name in NFC."""
    return unicodedata.normalize("NFC", name)


def decomposed(name: str) -> str:
    """A name in NFD."""
    return unicodedata.normalize("NFD", name)


def _exists(path: Path) -> bool:
    return os.path.lexists(path)
