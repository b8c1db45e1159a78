"""The light half: what can be set. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveInt
from zoo_core.plugin_api import LoggerSettings

__all__ = ["NewpartSettings"]


class NewpartSettings(LoggerSettings):
    """A diary of the training as a Markdown table, in a folder of its own in the run folder.

    Source: the scaffold of the zoo.
    """

    name: Literal["newpart"] = "newpart"

    every: PositiveInt = 1
    """Number of epochs from one line to the next."""
