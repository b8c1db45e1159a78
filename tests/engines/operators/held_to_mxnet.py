"""One graph computed by MXNet, by PyTorch and by ONNX Runtime: outputs side by side, and gradients of the first two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper

from zoo_core.engines.gluon import mx
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.onnx.graph import IR_VERSION, OPSET
from zoo_core.engines.onnx.network import network_in_onnx
from zoo_core.engines.onnx.session import open_session
from zoo_core.engines.torch.module import GraphModule

__all__ = ["A", "B", "C", "D", "E", "S", "both", "compared", "drawn"]

S = mx.sym
A, B, C, D, E = (S.var(name) for name in "abcde")

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
    names, operands = _given(symbol, operands)
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


def _by_onnx(symbol: Any, names: Sequence[str], operands: Sequence[Array], *, batched: bool) -> list[Array]:
    """Outputs of a file; where it is batched, the first size of the first operand is left open in it."""
    shapes: dict[str, tuple[int | str, ...]] = {name: each.shape for name, each in zip(names, operands, strict=True)}
    if batched:
        shapes[names[0]] = ("batch", *shapes[names[0]][1:])
    graph = network_in_onnx(NetworkGraph.from_json(symbol.tojson(), names), {}, shapes)
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    outputs = open_session(model.SerializeToString()).run(None, dict(zip(names, operands, strict=True)))
    return [np.asarray(each) for each in outputs]


def compared(
    symbol: Any, *operands: Array, training: bool = True, tolerance: float = 2e-5, batched: bool = True
) -> None:
    """Require that all compute the same, relative to the largest number of each array.

    Args:
        symbol: of the variables a, b, c ...
        operands: for these.
        training: whether PyTorch's gradients are compared, too.
        tolerance: how far numbers may be apart.
        batched: whether a file can leave the first size of the first operand open.
    """
    names, operands = _given(symbol, operands)
    theirs = _by_mxnet(symbol, names, operands, training=False)
    for open_ in (False, True) if batched else (False,):
        _require_equal(theirs, _by_onnx(symbol, names, operands, batched=open_), tolerance)
    _require_equal(*both(symbol, *operands, training=training), tolerance)


def _given(symbol: Any, operands: Sequence[Array]) -> tuple[list[str], Sequence[Array]]:
    names = [each for each in "abcdefgh"[: len(operands)] if each in symbol.list_inputs()]
    return names, operands[: len(names)]


def _require_equal(theirs: list[Array], ours: list[Array], tolerance: float) -> None:
    assert len(theirs) == len(ours)
    for index, (mxnet, other) in enumerate(zip(theirs, ours, strict=True)):
        assert mxnet.shape == other.shape, f"array {index}"
        largest = float(np.abs(mxnet).max(initial=0)) or 1.0
        np.testing.assert_allclose(other, mxnet, rtol=0, atol=tolerance * largest, err_msg=f"array {index}")
