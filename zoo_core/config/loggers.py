"""Where a training is written besides its run folder: the core's own loggers as settings."""

from typing import Literal

from zoo_core.parts.training_components import LoggerSettings

__all__ = ["TensorBoardSettings"]


class TensorBoardSettings(LoggerSettings):
    """Files for TensorBoard, in the folder ``tensorboard`` of the run.

    The numbers are those of ``metrics.jsonl``, under ``steps/``, ``epoch/`` and ``score/``.

    Source: Abadi et al., TensorFlow: Large-Scale Machine Learning on Heterogeneous Systems, 2015, section 9.1;
    the format is written by tensorboardX.
    """

    name: Literal["tensorboard"] = "tensorboard"
