"""The connection of a command to a cluster: with a token, unless it is said that none is wanted."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ray

from zoo_core.common.errors import RunError

__all__ = ["TOKEN_FILE", "connected"]

TOKEN_FILE = Path("~/.ray/auth_token")
"""Where Ray looks for the token."""
_NAMESPACE = "zoo"


@contextmanager
def connected(address: str, insecure: bool = False) -> Iterator[None]:
    """A connection to the cluster at an address, as HOST:PORT; ``auto`` for the one that runs on this machine.

    Args:
        address: of its head.
        insecure: connect without a token, to a cluster that asks for none.

    Raises:
        RunError: there is no such cluster, or no token.
    """
    if insecure:
        os.environ.pop("RAY_AUTH_MODE", None)
    else:
        _require_token()
    try:
        ray.init(
            address, namespace=_NAMESPACE, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False
        )
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise RunError(f"no cluster can be reached at {address!r}: {reason}; start one: zoo cluster start") from None
    try:
        yield
    finally:
        ray.shutdown()


def _require_token() -> None:
    os.environ["RAY_AUTH_MODE"] = "token"
    named = os.environ.get("RAY_AUTH_TOKEN_PATH", str(TOKEN_FILE))
    if not os.environ.get("RAY_AUTH_TOKEN") and not Path(named).expanduser().is_file():
        raise RunError(
            f"there is no token of the cluster in {named}: zoo cluster start says how to make one, and --insecure "
            "goes without where nobody else can reach the machines"
        )
