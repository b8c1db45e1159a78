"""Whether Ray works with a token, which is said before Ray is imported: later it no longer looks."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec

from zoo_core.common.errors import RunError
from zoo_core.common.files import as_path, reason

__all__ = ["choose_security"]

_MODE, _TOKEN, _TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
_USUAL_PLACE = "~/.ray/auth_token"
"""Where Ray looks for the token."""


def choose_security(insecure: bool) -> None:
    """Have Ray work with a token, or without.

    Args:
        insecure: connect without a token, to a cluster that asks for none.

    Raises:
        RunError: there is no token.
    """
    if find_spec("ray") is None:  # which is told by who imports it
        return
    os.environ[_MODE] = "disabled" if insecure else "token"
    if insecure:
        return
    if token := os.environ.get(_TOKEN):
        _require_token(token.encode(errors="surrogateescape"), _TOKEN)
        return
    file = as_path(os.environ.get(_TOKEN_PATH) or _USUAL_PLACE)
    try:
        _require_token(file.read_bytes(), str(file))
    except OSError as error:
        raise RunError(
            f"there is no token of the cluster in {file} ({reason(error)}): zoo cluster start says how to make one, "
            "and --insecure goes without where nobody else can reach the machines"
        ) from None
    os.environ[_TOKEN_PATH] = str(file)


def _require_token(token: bytes, place: str) -> None:
    """Refuse what makes Ray end the process."""
    if not re.fullmatch(rb"[!-~]+", token.strip()):
        raise RunError(f"{place}: is not the token of a cluster, which is one word of letters and digits")
