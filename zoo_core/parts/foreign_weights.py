"""Weights that another library has written or published, and that a plugin knows how to use here."""

from __future__ import annotations

import re
import reprlib
from dataclasses import dataclass

from zoo_core.common.errors import PluginError

__all__ = ["ForeignWeights", "check_foreign_weights"]

_LIBRARY = r"[a-z][a-z0-9_.-]+"
"""Of two letters at least, since one is a drive of Windows."""


@dataclass(frozen=True)
class ForeignWeights:
    """What a plugin knows of the weights of another library: how it names them, which it has published, or both.

    Args:
        library: its lower-case name, as ``gluoncv``. Several plugins may know weights of the same one.
        names_here: ``"package.module:function"``, imported only when a ``.params`` file has other names than the
            zoo's, and called with those names and the network (the gluon block); gives, for each name that it knows,
            that of the parameter here, or None for an array that is not a weight.
        published: names of weights that can be fetched; a user says ``library:name``.
        fetch: ``"package.module:function"``, imported only when a user wants such weights, and called with the name
            and with None or a function that reports progress (called with the number of bytes so far, and with
            their total or None); gives the path of the ``.params`` file, or raises a `RunError` that says what helps.
    """

    library: str
    names_here: str | None = None
    published: tuple[str, ...] = ()
    fetch: str | None = None


def check_foreign_weights(given: object) -> ForeignWeights:
    """What a hook returned, if it is what the hook asks for.

    Raises:
        PluginError: it is not.
    """
    if not isinstance(given, ForeignWeights):
        raise PluginError(f"zoo_weights() should return ForeignWeights objects; got {reprlib.repr(given)}")
    library = given.library
    if not (isinstance(library, str) and re.fullmatch(_LIBRARY, library)):
        raise PluginError(
            f"library of ForeignWeights should be a lower-case name such as 'gluoncv'; got {reprlib.repr(library)}"
        )
    for argument, target in (("names_here", given.names_here), ("fetch", given.fetch)):
        if target is not None and not (isinstance(target, str) and re.fullmatch(r"[\w.]+:\w+", target)):
            raise PluginError(
                f"{argument} of the weights of {library!r} should be 'package.module:function'; "
                f"got {reprlib.repr(target)}"
            )
    _check_published(given)
    return given


def _check_published(given: ForeignWeights) -> None:
    whose, names = f"the weights of {given.library!r}", given.published
    if not isinstance(names, tuple):
        raise PluginError(f"published of {whose} should be a tuple of names; got {reprlib.repr(names)}")
    for name in names:
        if not (isinstance(name, str) and name) or ":" in name:
            raise PluginError(f"published of {whose} should hold names without a colon; got {reprlib.repr(name)}")
    if bool(names) != (given.fetch is not None):
        only = "published" if names else "fetch"
        raise PluginError(f"{whose}: published and fetch go together, and only {only} is given")
    if not names and given.names_here is None:
        raise PluginError(f"{whose}: neither names_here nor published is given")
