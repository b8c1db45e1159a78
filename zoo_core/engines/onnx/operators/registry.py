"""The operators of MXNet that can be written as ONNX.

A function for one takes the graph to write to, then the names of its operands, then its settings; it gives the name of
its output, or several.
"""

from __future__ import annotations

from zoo_core.common.errors import ExportError
from zoo_core.engines.operators.registry import Operators

__all__ = ["OPERATORS", "operator"]

OPERATORS = Operators(
    "cannot be written as ONNX yet: let the part be made of other operators, listed in docs/export.md", ExportError
)
operator = OPERATORS.register
