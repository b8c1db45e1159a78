"""How gradients become changes of the weights: the families of SGD and Adam as settings."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.parts.training_components import OptimizerSettings

__all__ = ["Adam", "AdamW", "Nag", "Sgd"]

Share = Annotated[float, Field(ge=0, lt=1)]


class Sgd(OptimizerSettings):
    """Stochastic gradient descent with momentum; weight decay is an L2 penalty.

    ``m = momentum * m - rate * (gradient + decay * weight)``, ``weight = weight + m``.

    Source: Polyak, Some methods of speeding up the convergence of iteration methods, 1964; MXNet's SGD.
    """

    state_names: ClassVar[tuple[str, ...]] = ("momentum",)
    name: Literal["sgd"] = "sgd"
    momentum: Share = 0.9
    """Momentum: the fraction of the last update that is kept; 0 for none."""


class Nag(OptimizerSettings):
    """SGD with Nesterov's momentum; weight decay is an L2 penalty.

    ``c = -rate * (gradient + decay * weight)``, ``m = momentum * m + c``, ``weight = weight + momentum * m + c``.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning, 2013.
    """

    state_names: ClassVar[tuple[str, ...]] = ("momentum",)
    name: Literal["nag"] = "nag"
    momentum: Share = 0.9
    """Momentum: the fraction of the last update that is kept; 0 for none."""


class Adam(OptimizerSettings):
    """Adam; weight decay is an L2 penalty, which goes through the running means as the gradient does.

    Source: Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015.
    """

    state_names: ClassVar[tuple[str, ...]] = ("mean", "variance")
    name: Literal["adam"] = "adam"
    beta1: Share = 0.9
    """Decay of the running mean of the gradient."""
    beta2: Share = 0.999
    """Decay of the running mean of the squared gradient."""
    epsilon: Annotated[float, Field(ge=1e-30, le=1e6)] = 1e-8
    """Added to the denominator, so that the division stays finite."""


class AdamW(Adam):
    """Adam with decoupled weight decay, which does not go through the running means.

    ``weight = weight - rate * (step of Adam + decay * weight)``.

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019.
    """

    name: Literal["adamw"] = "adamw"  # type: ignore[assignment]  # the one value of another name
