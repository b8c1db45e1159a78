"""How the layers of GluonCV's networks start, where these do not say so themselves."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx

__all__ = ["give_initializers"]


def give_initializers(block: Any) -> None:
    """Say of every parameter that does not say so itself how it starts.

    A FeatureExpander is a SymbolBlock, and such a block forgets the initializers of its
    layers: GluonCV's own extra layers start with batch norms of random, often negative
    variance, and refuse `initialize(Xavier())`.
    """
    for parameter in block.collect_params().values():
        if parameter.init is None:
            parameter.init = _INITIALIZERS[parameter.name.rpartition("_")[2]]


_INITIALIZERS: dict[str, Any] = {
    # He et al., 2015, by fan-in: the fan-out of a depthwise convolution would count channels it never reaches.
    "weight": mx.init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2),
    "bias": mx.init.Zero(),
    "gamma": mx.init.One(),
    "beta": mx.init.Zero(),
    "mean": mx.init.Zero(),
    "var": mx.init.One(),
}
