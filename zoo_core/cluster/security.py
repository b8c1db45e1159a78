"""Whether Ray works with a token, which is said before Ray is imported: later it no longer looks."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from zoo_core.common.errors import RunError

__all__ = ["choose_security"]

_TOKEN_FILE = Path("~/.ray/auth_token")
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
    os.environ["RAY_AUTH_MODE"] = "disabled" if insecure else "token"
    named = os.environ.get("RAY_AUTH_TOKEN_PATH", str(_TOKEN_FILE))
    if not insecure and not os.environ.get("RAY_AUTH_TOKEN") and not Path(named).expanduser().is_file():
        raise RunError(
            f"there is no token of the cluster in {named}: zoo cluster start says how to make one, and --insecure "
            "goes without where nobody else can reach the machines"
        )
