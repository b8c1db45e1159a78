"""How the zoo's optimisers change a weight, in PyTorch: the formulas of `zoo_core.config.optimizer`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from zoo_core.common.errors import ConfigError, Problem
from zoo_core.config.optimizer import Adam, AdamW, Nag, Sgd
from zoo_core.parts.training_components import OptimizerSettings

__all__ = ["Change", "Rule", "kept_names", "rule_of"]


@dataclass(frozen=True)
class Change:
    """What decides how a weight is changed, beside its gradient.

    Attributes:
        rate: the learning rate.
        decay: weight decay; 0 for a weight that is spared.
        count: of this change, from 1.
        limit: to which every number of the gradient is clipped; None for no limit.
    """

    rate: float
    decay: float
    count: int
    limit: float | None = None

    def clipped(self, gradient: Tensor) -> Tensor:
        """The gradient within the limit."""
        return gradient if self.limit is None else gradient.clamp(-self.limit, self.limit)


Rule = Callable[[OptimizerSettings, Tensor, Tensor, Mapping[str, Tensor], Change], None]
"""Changes a weight and what is kept for it in place: settings, weight, gradient, what is kept by name, and the rest."""


def rule_of(settings: OptimizerSettings) -> Rule:
    """How an optimiser changes weights.

    Raises:
        ConfigError: it is a plugin's, which is made for MXNet.
    """
    rule = _RULES.get(type(settings))
    if rule is None:
        message = (
            f"{settings.name!r} comes from a plugin and is made for MXNet: use engine: mxnet, or another optimizer"
        )
        raise ConfigError("configuration", [Problem("training.optimizer", message)])
    return rule


def kept_names(settings: OptimizerSettings) -> tuple[str, ...]:
    """What an optimiser keeps for each weight; SGD without momentum keeps nothing."""
    return () if getattr(settings, "momentum", None) == 0 else settings.state_names


def _sgd(settings: Sgd, weight: Tensor, gradient: Tensor, kept: Mapping[str, Tensor], change: Change) -> None:
    pull = change.clipped(gradient).add(weight, alpha=change.decay)
    if kept:
        weight.add_(kept["momentum"].mul_(settings.momentum).sub_(pull, alpha=change.rate))
    else:
        weight.sub_(pull, alpha=change.rate)


def _nag(settings: Nag, weight: Tensor, gradient: Tensor, kept: Mapping[str, Tensor], change: Change) -> None:
    pull = change.clipped(gradient).add(weight, alpha=change.decay)
    weight.sub_(pull, alpha=change.rate)
    if kept:
        momentum = kept["momentum"].mul_(settings.momentum).sub_(pull, alpha=change.rate)
        weight.add_(momentum, alpha=settings.momentum)


def _adam(settings: Adam, weight: Tensor, gradient: Tensor, kept: Mapping[str, Tensor], change: Change) -> None:
    pull = change.clipped(gradient.add(weight, alpha=change.decay))  # MXNet's Adam clips what decay has been added to
    weight.sub_(_step_of_adam(settings, pull, kept, change.count), alpha=change.rate)


def _adamw(settings: AdamW, weight: Tensor, gradient: Tensor, kept: Mapping[str, Tensor], change: Change) -> None:
    step = _step_of_adam(settings, change.clipped(gradient), kept, change.count)
    weight.sub_(step.add_(weight, alpha=change.decay), alpha=change.rate)


def _step_of_adam(settings: Adam, pull: Tensor, kept: Mapping[str, Tensor], count: int) -> Tensor:
    mean, variance = kept["mean"], kept["variance"]
    mean.mul_(settings.beta1).add_(pull, alpha=_rest(settings.beta1))
    variance.mul_(settings.beta2).addcmul_(pull, pull, value=_rest(settings.beta2))
    corrected = math.sqrt(1 - settings.beta2**count) / (1 - settings.beta1**count)
    return mean.mul(corrected).div_(variance.sqrt().add_(settings.epsilon))


def _rest(share: float) -> float:
    """1 less a share, as float32 has it: MXNet computes it so, and 1 - .999 is then 1e-5 smaller."""
    return float(np.float32(1) - np.float32(share))


_RULES: dict[type[OptimizerSettings], Callable[..., None]] = {
    Sgd: torch.no_grad()(_sgd),
    Nag: torch.no_grad()(_nag),
    Adam: torch.no_grad()(_adam),
    AdamW: torch.no_grad()(_adamw),
}
