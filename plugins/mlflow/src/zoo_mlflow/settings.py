"""The light half: where a training is kept, and what of it."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from zoo_core.plugin_api import LoggerSettings

__all__ = ["MlflowSettings"]

_Name = Annotated[str, Field(min_length=1, max_length=250)]


class MlflowSettings(LoggerSettings):
    """A run in MLflow: settings, losses, scores, and some files of the run folder.

    A training that is resumed goes on in the same run.

    Source: MLflow 3, mlflow.tracking.MlflowClient.
    """

    name: Literal["mlflow"] = "mlflow"
    uri: _Name | None = None
    """Address of a tracking server, or a folder; null for what the variable MLFLOW_TRACKING_URI says, and without it
    the folder ``mlruns``."""
    experiment: _Name = "zoo"
    """Name of the experiment, which is created where it does not exist."""
    run_name: _Name | None = None
    """Name of the run; null for that of the run folder."""
    artifacts: tuple[_Name, ...] = ("config.yaml", "metrics.json", "curves.png")
    """Files of the run folder that are uploaded when training has finished, as weights.params."""

    @field_validator("artifacts")
    @classmethod
    def _lie_in_the_run_folder(cls, artifacts: tuple[str, ...]) -> tuple[str, ...]:
        for each in artifacts:
            if each in (".", "..") or "/" in each or "\\" in each:
                raise ValueError(f"{each!r} should be the name of a file of the run folder, without a path")
        return artifacts
