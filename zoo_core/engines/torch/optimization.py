"""How gradients change the weights of a module: the optimiser, weight decay, clipping, and what is kept for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo_core.config.training import TrainingSettings
from zoo_core.engines.checkpoint_arrays import OPTIMIZER, refuse_another_optimizer, refuse_unused, taken
from zoo_core.engines.torch.optimizers import Change, kept_names, rule_of
from zoo_core.engines.weight_decay import is_norm_or_bias

__all__ = ["Optimization"]


class Optimization:
    """Changes the weights of a module by their gradients.

    Args:
        weights: by name; those that need no gradient stay as they are.
        settings: optimiser, weight decay, clipping.
        rates: by how much the learning rate of a weight is multiplied, by name, where that is not 1.

    Attributes:
        updates: how often the weights have been changed.

    Raises:
        ConfigError: the optimiser is one of a plugin.
    """

    def __init__(
        self, weights: Mapping[str, nn.Parameter], settings: TrainingSettings, rates: Mapping[str, float] | None = None
    ) -> None:
        self._settings, self._rates = settings, rates or {}
        self._rule = rule_of(settings.optimizer)
        self.trained = {name: each for name, each in weights.items() if each.requires_grad}
        self._decay = {
            name: 0.0
            if not settings.decay_norms_and_biases and is_norm_or_bias(name, tuple(each.shape))
            else settings.weight_decay
            for name, each in self.trained.items()
        }
        self._kept = {
            name: {part: torch.zeros_like(each) for part in kept_names(settings.optimizer)}
            for name, each in self.trained.items()
        }
        self.updates = 0

    @torch.no_grad()
    def step(self, rate: float, summed: float = 1.0) -> None:
        """Change the weights.

        Args:
            rate: the learning rate.
            summed: by how much the gradients are too large: batches added up, times the scale of the loss.
        """
        self.updates += 1
        # A weight that the loss does not reach has gradients of 0 on MXNet, and decays.
        gradients = {
            name: torch.zeros_like(each) if each.grad is None else each.grad for name, each in self.trained.items()
        }
        if self._settings.clip_norm is not None:
            _shorten(gradients, self._settings.clip_norm * summed)
        for name, gradient in gradients.items():
            own_rate = rate * self._rates.get(name, 1)
            change = Change(own_rate, self._decay[name], self.updates, self._settings.clip_gradient)
            pull = gradient if summed == 1 else gradient / summed
            self._rule(self._settings.optimizer, self.trained[name], pull, self._kept[name], change)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the optimiser keeps for each weight."""
        if not self.updates:
            return {}
        return {
            f"{OPTIMIZER}.{part}.{name}": tensor.cpu().numpy().copy()
            for name, kept in self._kept.items()
            for part, tensor in kept.items()
        }

    def restore(self, arrays: dict[str, NDArray[Any]], optimizer: str, updates: int) -> None:
        """Set what was kept; it is taken out of `arrays`.

        Raises:
            RunError: it is the state of another optimiser, or not whole.
        """
        refuse_another_optimizer(optimizer, self._settings.optimizer.name)
        if updates:
            for name, kept in self._kept.items():
                for part, tensor in kept.items():
                    _fill(tensor, taken(arrays, f"{OPTIMIZER}.{part}.{name}", tuple(tensor.shape)))
        refuse_unused(arrays)
        self.updates = updates


def _fill(tensor: Tensor, values: NDArray[Any]) -> None:
    tensor.copy_(torch.from_numpy(values.copy()))


def _shorten(gradients: Mapping[str, Tensor], longest: float) -> None:
    """Make all gradients together no longer than this, as MXNet's ``clip_global_norm`` does."""
    length = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(each) for each in gradients.values()]))
    share = longest / (float(length) + 1e-8)
    if share < 1:
        for each in gradients.values():
            each.mul_(share)
