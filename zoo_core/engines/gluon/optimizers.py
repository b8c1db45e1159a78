"""The optimisers of MXNet, made from their settings, and those that MXNet has only in part or with a bug."""

from __future__ import annotations

import math
from typing import Any

from zoo_core.config.optimizer import Adam as AdamSettings
from zoo_core.config.optimizer import AdamW as AdamWSettings
from zoo_core.config.optimizer import Nag as NagSettings
from zoo_core.config.optimizer import Sgd as SgdSettings
from zoo_core.engines.gluon import mx

__all__ = ["AdamW", "Nag", "make_adam", "make_adamw", "make_nag", "make_sgd"]


class Nag(mx.optimizer.NAG):
    """SGD with Nesterov's momentum.

    MXNet's operator reads the weight again after it has changed it, so that weight decay goes into the momentum
    with the weight of the next step. Here it is part of the gradient before the operator sees it.
    """

    def update_multi_precision(self, index: int, weight: Any, grad: Any, state: Any) -> None:
        """Change a weight in place."""
        self._update_count(index)
        pull = grad * self.rescale_grad
        if self.clip_gradient:
            pull = mx.nd.clip(pull, -self.clip_gradient, self.clip_gradient)
        pull = pull + self._get_wd(index) * weight
        if state is None:
            weight -= self._get_lr(index) * pull
        else:
            mx.nd.nag_mom_update(weight, pull, state, out=weight, lr=self._get_lr(index), momentum=self.momentum)


class AdamW(mx.optimizer.Adam):
    """Adam whose weight decay does not go through the running means.

    MXNet has the operator, without the correction of the means' start at zero, but no optimiser that uses it.

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019, algorithm 2.
    """

    def update(self, index: int, weight: Any, grad: Any, state: Any) -> None:
        """Change a weight in place."""
        self._update_count(index)
        count, rate = self._index_update_count[index], self._get_lr(index)
        corrected = rate * math.sqrt(1 - self.beta2**count) / (1 - self.beta1**count)
        mx.nd.contrib.adamw_update(
            weight,
            grad,
            *state,
            mx.nd.array([self.rescale_grad], ctx=weight.context),
            out=weight,
            lr=corrected,
            wd=rate * self._get_wd(index),
            eta=1.0,
            beta1=self.beta1,
            beta2=self.beta2,
            epsilon=self.epsilon,
            clip_gradient=self.clip_gradient or -1.0,
        )


def make_sgd(settings: SgdSettings) -> mx.optimizer.Optimizer:
    """MXNet's SGD."""
    return mx.optimizer.SGD(momentum=settings.momentum)


def make_nag(settings: NagSettings) -> Nag:
    """SGD with Nesterov's momentum."""
    return Nag(momentum=settings.momentum)


def make_adam(settings: AdamSettings) -> mx.optimizer.Optimizer:
    """MXNet's Adam."""
    return mx.optimizer.Adam(beta1=settings.beta1, beta2=settings.beta2, epsilon=settings.epsilon)


def make_adamw(settings: AdamWSettings) -> AdamW:
    """Adam with decoupled weight decay."""
    return AdamW(beta1=settings.beta1, beta2=settings.beta2, epsilon=settings.epsilon)
