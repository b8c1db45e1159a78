"""One graph computed by MXNet and by PyTorch: outputs and gradients side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from zoo_core.engines.gluon import mx
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.torch.module import GraphModule

__all__ = ["both", "compared", "drawn"]

Array = NDArray[Any]


def drawn(*shape: int, seed: int = 0) -> Array:
    """Numbers of a normal distribution."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def both(symbol: Any, *operands: Array, training: bool = False) -> tuple[list[Array], list[Array]]:
    """Outputs and the gradients of all operands, as MXNet and as PyTorch computes them.

    Args:
        symbol: of the variables a, b, c ...
        operands: for these.
        training: whether batch norm and dropout are to learn.
    """
    names = [each for each in "abcdefgh"[: len(operands)] if each in symbol.list_inputs()]
    operands = operands[: len(names)]
    return _by_mxnet(symbol, names, operands, training), _by_torch(symbol, names, operands, training)


def _by_mxnet(symbol: Any, names: Sequence[str], operands: Sequence[Array], training: bool) -> list[Array]:
    arrays = {name: mx.nd.array(each, dtype=each.dtype) for name, each in zip(names, operands, strict=True)}
    auxiliary = {name: arrays.pop(name) for name in symbol.list_auxiliary_states()}
    gradients = {name: mx.nd.zeros_like(each) for name, each in arrays.items()}
    run = symbol.bind(mx.cpu(), args=arrays, args_grad=gradients, aux_states=auxiliary)
    outputs = run.forward(is_train=True) if training else run.forward(is_train=False)
    results = [each.asnumpy() for each in outputs]
    if not training:  # gradients are computed in training alone
        return results
    run.backward([mx.nd.array(_pull(each), dtype=each.dtype) for each in results])
    mx.nd.waitall()
    return [
        *results,
        *(gradients[name].asnumpy() for name in names if name in gradients),
        *(auxiliary[name].asnumpy() for name in names if name in auxiliary),
    ]


def _by_torch(symbol: Any, names: Sequence[str], operands: Sequence[Array], training: bool) -> list[Array]:
    graph = NetworkGraph.from_json(symbol.tojson(), names)
    module = GraphModule(graph, {}).train(training)
    auxiliary = symbol.list_auxiliary_states()
    tensors = {
        name: torch.from_numpy(each.copy()).requires_grad_(training and name not in auxiliary)
        for name, each in zip(names, operands, strict=True)
    }
    outputs = module(*tensors.values())
    results = [each.detach().numpy() for each in outputs]
    if not training:
        return results
    pulls = [torch.from_numpy(_pull(each)) for each in results]
    usable = [(out, pull) for out, pull in zip(outputs, pulls, strict=True) if out.requires_grad]
    if usable:
        torch.autograd.backward([out for out, _ in usable], [pull for _, pull in usable])
    found = [
        (torch.zeros_like(each) if each.grad is None else each.grad).numpy()
        for name, each in tensors.items()
        if name not in auxiliary
    ]
    return [*results, *found, *(tensors[name].detach().numpy() for name in names if name in auxiliary)]


def _pull(output: Array) -> Array:
    """A gradient for an output, not the same for any two of its numbers."""
    return np.cos(np.arange(output.size, dtype=np.float32)).reshape(output.shape).astype(output.dtype)


def compared(symbol: Any, *operands: Array, training: bool = True, tolerance: float = 2e-5) -> None:
    """Require that both compute the same, relative to the largest number of each array."""
    theirs, ours = both(symbol, *operands, training=training)
    assert len(theirs) == len(ours)
    for index, (mxnet, pytorch) in enumerate(zip(theirs, ours, strict=True)):
        assert mxnet.shape == pytorch.shape, f"array {index}"
        largest = float(np.abs(mxnet).max(initial=0)) or 1.0
        np.testing.assert_allclose(pytorch, mxnet, rtol=0, atol=tolerance * largest, err_msg=f"array {index}")
