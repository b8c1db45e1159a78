"""The exceptions of the zoo.

Every error that a user can cause is a `ZooError`. The command line prints it without a
traceback and ends with its `exit_code`: 2 when the user's input is wrong, 1 when something
failed while running.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from zoo_core.common.messages import counted

__all__ = [
    "ArgumentError",
    "BoxFormatError",
    "ConfigError",
    "DatasetError",
    "ExportError",
    "MissingPackageError",
    "NotAnImageError",
    "PluginError",
    "PredictionsError",
    "Problem",
    "RunError",
    "TrainingError",
    "UnknownNameError",
    "ZooError",
]


class ZooError(Exception):
    """Base class of all errors that the zoo raises on purpose."""

    exit_code = 1


class Problem(NamedTuple):
    """One problem of a configuration.

    Attributes:
        place: a dotted path.
        message: what is wrong there.
        source: the file or detector in which it stands, where that is not the configuration itself but one that
            it extends.
    """

    place: str
    message: str
    source: str = ""

    def __str__(self) -> str:
        place = f"{self.place} (in {self.source})" if self.source else self.place
        return f"{place}: {self.message}" if place else self.message


class ConfigError(ZooError):
    """A configuration that cannot be used, with everything that is wrong with it.

    Attributes:
        source: the file or name that was read.
        problems: all problems, in the order of the settings.
    """

    exit_code = 2

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        heading = f"{self.source}: {counted(len(self.problems), 'problem')}"
        return "\n".join([heading, *(f"  {problem}" for problem in self.problems)])


class UnknownNameError(ZooError):
    """A detector, component, file or command that does not exist; suggests similar ones."""

    exit_code = 2


class MissingPartsWarning(UserWarning):
    """A detector was opened without parts that it does not need to find objects, for they are not installed."""


class BoxFormatError(ZooError, TypeError):
    """Boxes without a format, or in a format other than the one required."""

    exit_code = 2


class DatasetError(ZooError):
    """A data set that cannot be read, or does not fit the configuration."""

    exit_code = 2


class NotAnImageError(DatasetError, TypeError):
    """What was given as an image is neither a path nor an array nor a Pillow image."""


class ArgumentError(ZooError, ValueError):
    """An invalid argument of the Python API."""

    exit_code = 2


class PredictionsError(ZooError):
    """Detections, in a file or from a detector, that cannot be read, or do not fit the data set."""

    exit_code = 2


class RunError(ZooError):
    """A run folder, checkpoint or weights file that is damaged, incomplete or foreign."""

    exit_code = 2


class MissingPackageError(ZooError):
    """A required package is not installed; says how to install it."""

    exit_code = 2


class PluginError(ZooError):
    """A plugin breaks the contract of the hooks or of a component."""


class TrainingError(ZooError):
    """Training cannot continue."""


class ExportError(ZooError):
    """A detector that cannot be exported, or whose exported file does not do what the detector does."""
