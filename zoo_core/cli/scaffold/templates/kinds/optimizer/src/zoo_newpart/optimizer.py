"""The heavy half: what becomes of a weight."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]


class Newpart(mx.optimizer.Optimizer):
    """Lion; see `NewpartSettings`.

    All that it keeps is the state of each weight, which checkpoints hold.
    """

    def __init__(self, settings: NewpartSettings) -> None:
        super().__init__()
        self._beta1, self._beta2 = settings.beta1, settings.beta2

    def create_state(self, index: int, weight: Any) -> Any:
        """The running mean of the gradients of a weight."""
        return mx.nd.zeros(weight.shape, weight.context, dtype=weight.dtype)

    def update(self, index: int, weight: Any, grad: Any, state: Any) -> None:
        """Change a weight in place."""
        self._update_count(index)
        rate, decay = self._get_lr(index), self._get_wd(index)
        pull = grad * self.rescale_grad
        if self.clip_gradient is not None:
            pull = mx.nd.clip(pull, -self.clip_gradient, self.clip_gradient)
        direction = mx.nd.sign(self._beta1 * state + (1 - self._beta1) * pull)
        weight[:] = weight - rate * (direction + decay * weight)
        state[:] = self._beta2 * state + (1 - self._beta2) * pull
