"""How long a training waits for a tracking server."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from mlflow import MlflowException
from requests import RequestException

from zoo_core.plugin_api import RunError

__all__ = ["environment", "little_patience"]

_LITTLE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
"""A server that is gone is given up after three seconds, and one that never answers after twenty; MLflow itself would
wait four minutes for the one, and a quarter of an hour for the other."""


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment that are not set, and leave it as it was."""
    added = {name: value for name, value in settings.items() if not os.environ.get(name)}
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def little_patience() -> Iterator[None]:
    """Wait seconds for a server, unless the environment says how long.

    Raises:
        RunError: it cannot be reached, or does not answer.
    """
    with environment(_LITTLE):
        try:
            yield
        except MlflowException as error:
            cause = error.__cause__ or error.__context__
            if isinstance(cause, RequestException):
                url = getattr(cause.request, "url", None)
                where = url if isinstance(url, str) else "the tracking server"
                raise RunError(f"{where} cannot be reached, or does not answer: {_in_short(cause)}") from error
            raise


def _in_short(error: RequestException) -> str:
    """The innermost cause; requests and urllib3 wrap it in what was asked, how often, by what."""
    inner: object = error
    while (args := getattr(inner, "args", ())) and isinstance(reason := getattr(args[0], "reason", args[0]), Exception):
        inner = reason
    return str(inner).rpartition(": ")[2] or type(error).__name__
