"""A graph of ONNX operators that is written down one operator after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import helper, numpy_helper

__all__ = ["IR_VERSION", "OPSET", "GraphBuilder"]

OPSET = 13
"""The operators that MXNet's own exporter writes; ONNX Runtime has run them since 2021."""
IR_VERSION = 7


class GraphBuilder:
    """Operators and constants, each tensor under a name of its own.

    Args:
        prefix: prefix of the names of all that is written.

    Attributes:
        nodes: the operators, in an order in which they can run.
        initializers: the constants.
    """

    def __init__(self, prefix: str = "") -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._prefix = prefix
        self._taken: Counter[str] = Counter()

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Write an operator with one output.

        Args:
            kind: as ONNX names it: ``"Mul"``.
            inputs: names of tensors; "" for one that is left out.
            name: name of the output; made from `kind` when it is not given.
            attributes: attributes of the operator.

        Returns:
            The name of the output.
        """
        (output,) = self.ops(kind, *inputs, names=[name or self._new(kind.lower())], **attributes)
        return output

    def ops(self, kind: str, *inputs: str, names: Sequence[str], **attributes: Any) -> Sequence[str]:
        """Write an operator with several outputs of these names; returns them."""
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"{names[0]}/{kind}", **attributes))
        return names

    def constant(self, value: ArrayLike, dtype: Any = None, name: str = "") -> str:
        """Write down a constant.

        Args:
            value: an array, or what NumPy makes one of.
            dtype: type of the array.
            name: name of the tensor.

        Returns:
            The name of the tensor.
        """
        name = name or self._new("constant")
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def model(self, inputs: Sequence[Any], outputs: Sequence[Any], name: str) -> onnx.ModelProto:
        """The whole as a model of `OPSET`; checked by onnx's own rules.

        Args:
            inputs: as `onnx.helper.make_tensor_value_info` makes them.
            outputs: as the inputs.
            name: name of the graph.
        """
        from zoo_core.common.versions import core_version

        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.initializers)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="zoo-core",
            producer_version=core_version(),
        )
        onnx.checker.check_model(model)
        return model

    def _new(self, kind: str) -> str:
        number = self._taken[kind]
        self._taken[kind] += 1
        return f"{self._prefix}{kind}_{number}"
