"""Which weights training leaves as they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from zoo_core.common.errors import ConfigError, Problem
from zoo_core.common.messages import did_you_mean, listed

__all__ = ["frozen_names"]


def frozen_names(weights: Sequence[str], trained: Collection[str], patterns: Sequence[str]) -> set[str]:
    """The weights that patterns freeze; see `zoo_core.config.detector.WeightsSettings.freeze`.

    Args:
        weights: names of all weights, in the order of the network.
        trained: those that are trained where nothing is frozen.
        patterns: a name, the beginning of one up to a dot, or one with wildcards, each.

    Raises:
        ConfigError: a pattern matches no parameter, or all patterns together leave nothing to train.
    """
    frozen = set[str]()
    for pattern in patterns:
        fitting = [name for name in weights if fnmatchcase(name, pattern) or f"{name}.".startswith(f"{pattern}.")]
        if not fitting:
            guess = did_you_mean(pattern, weights, otherwise=";")
            raise _refused(f"{pattern!r} matches no parameter{guess} the first are {listed([*weights][:5])}")
        frozen.update(fitting)
    if frozen and frozen >= set(trained):
        raise _refused(f"{listed(map(repr, patterns))} freeze every parameter, which leaves nothing to train")
    return frozen


def _refused(message: str) -> ConfigError:
    return ConfigError("configuration", [Problem("weights.freeze", message)])
