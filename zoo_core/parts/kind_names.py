"""What messages call the kinds of parts."""

from __future__ import annotations

__all__ = ["kind_of_setting", "plural", "singular", "with_article"]

_WORDS = {
    "anchors": ("anchor generator", "anchor generators"),
    "augmentation": ("augmentation step", "augmentation steps"),
    "loss": ("loss", "losses"),
    "resize": ("resizing", "resizings"),
    "targets": ("target encoder", "target encoders"),
    "weights": ("file of published weights", "files of published weights"),
}
_OF_SETTINGS = {"data": "dataset", "loggers": "logger"}


def kind_of_setting(key: str) -> str:
    """The kind of the part, or of the parts in a list, that a setting chooses, if it does: ``"dataset"`` for ``data``.

    Where no kind is called so, the setting is not a part.
    """
    return _OF_SETTINGS.get(key, key)


def singular(kind: str) -> str:
    """What a message calls one thing of a kind: ``"target encoder"`` for ``"targets"``."""
    return _WORDS.get(kind, (kind, ""))[0]


def plural(kind: str) -> str:
    """What a message calls several things of a kind."""
    return _WORDS.get(kind, ("", f"{kind}s"))[1]


def with_article(kind: str) -> str:
    """The singular with its article: ``"an anchor generator"``."""
    word = singular(kind)
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
