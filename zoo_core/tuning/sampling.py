"""Which values a trial gets: by Optuna's tree-structured Parzen estimator (Bergstra et al., NIPS 2011)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial

from zoo_core.config.search import SearchRange

__all__ = ["SamplerByNumber", "drawn_values", "values_of"]


class SamplerByNumber(BaseSampler):
    """Draws depend on the seed, the number of the trial and the trials before it alone.

    So a study that was killed and goes on draws what it would have drawn.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def _sampler(self, trial: FrozenTrial, name: str = "") -> TPESampler:
        words = [self._seed, trial.number, *name.encode()]
        return TPESampler(seed=int(np.random.SeedSequence(words).generate_state(1)[0]))

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """See Optuna."""
        return self._sampler(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """See Optuna."""
        return self._sampler(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """See Optuna."""
        return self._sampler(trial, param_name).sample_independent(study, trial, param_name, param_distribution)


def drawn_values(trial: Trial, space: Mapping[str, SearchRange]) -> dict[str, Any]:
    """Draw a value for each path of a space; those that are drawn already stay.

    Args:
        trial: that gets them. Values of a choice are JSON there, since a journal holds no tables.
        space: what is tried.
    """
    return {path: _drawn(trial, path, tried) for path, tried in space.items()}


def _drawn(trial: Trial, path: str, tried: SearchRange) -> Any:
    if tried.log:
        return trial.suggest_float(path, *tried.log, log=True)
    if tried.uniform:
        return trial.suggest_float(path, *tried.uniform)
    if tried.int:
        return trial.suggest_int(path, *tried.int)
    choices: Sequence[Any] = tried.choice or ()
    return json.loads(trial.suggest_categorical(path, [json.dumps(each) for each in choices]))


def values_of(trial: FrozenTrial) -> Mapping[str, Any]:
    """The values of a trial by the paths of settings."""
    return {
        path: json.loads(value) if isinstance(trial.distributions[path], CategoricalDistribution) else value
        for path, value in trial.params.items()
    }
