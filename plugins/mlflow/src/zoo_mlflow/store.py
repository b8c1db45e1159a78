"""Opens the place in which MLflow keeps runs."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mlflow import MlflowClient

from zoo_mlflow.patience import environment

__all__ = ["client_of"]

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:|databricks$")
_FOLDER = "mlruns"
_ALLOWED = {"MLFLOW_ALLOW_FILE_STORE": "true"}
"""MLflow advises against folders, and demands that whoever wants one says so in the environment."""


def client_of(uri: str | None) -> MlflowClient:
    """A client of a tracking server, or of a folder.

    Args:
        uri: an address or a path; None for that of the environment, and without one `mlruns`.
    """
    said = uri or os.environ.get("MLFLOW_TRACKING_URI") or _FOLDER
    if _ADDRESS.match(said) and not said.startswith("file:"):
        return MlflowClient(said)
    with environment(_ALLOWED):
        return MlflowClient(said if said.startswith("file:") else Path(said).absolute().as_uri())
