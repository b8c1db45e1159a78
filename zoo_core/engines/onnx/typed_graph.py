"""A graph of ONNX operators that knows the type and the shape of each of its tensors, as onnx infers them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import helper, numpy_helper, shape_inference

from zoo_core.common.errors import ExportError
from zoo_core.engines.onnx.graph import IR_VERSION, OPSET, GraphBuilder

__all__ = ["Shape", "TypedGraph"]

Shape = tuple[int | None, ...]
"""None for a size that depends on the batch."""


class TypedGraph(GraphBuilder):
    """Operators and constants, whose types and shapes can be asked for while the graph is written."""

    def __init__(self) -> None:
        super().__init__()
        self._types: dict[str, onnx.TypeProto] = {}
        self._sizes: dict[str, onnx.TensorProto] = {}
        self._rows: dict[str, Shape] = {}
        self._equal: dict[tuple[Any, ...], str] = {}
        self._layers: dict[str, str] = {}
        self._names: set[str] = set()

    def give(self, name: str, kind: Any) -> str:
        """Make an input known, of this `onnx.TypeProto`; returns its name."""
        self._types[name] = kind
        self._names.add(name)
        return name

    def weight(self, name: str, array: NDArray[Any]) -> str:
        """Write down a weight under the name under which it is stored; operators on it are named after its layer."""
        self._layers[name] = _PART.sub("", name)
        self._names.add(name)
        return self.constant(array, name=name)

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Write an operator with one output; see `GraphBuilder.op`."""
        layers = (self._layers[each] for each in inputs if each in self._layers)
        return super().op(kind, *inputs, name=name or self._new(next(layers, kind.lower())), **attributes)

    def ops(self, kind: str, *inputs: str, names: Sequence[str], **attributes: Any) -> Sequence[str]:
        """Write an operator with several outputs; see `GraphBuilder.ops`."""
        super().ops(kind, *inputs, names=names, **attributes)
        node = self.nodes[-1]
        given = [each for each in node.input if each]
        inferred = shape_inference.infer_node_outputs(
            onnx.defs.get_schema(kind, OPSET, ""),
            node,
            {each: self._types[each] for each in given},
            {each: self._sizes[each] for each in given if each in self._sizes},
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        self._types.update(inferred)
        if kind in ("Reshape", "Expand") and not inferred[names[0]].tensor_type.HasField("shape"):
            self._types[names[0]] = self._of_row(kind, *inputs)
        return names

    def _of_row(self, kind: str, tensor: str, row: str) -> onnx.TypeProto:
        """What onnx does not infer: a tensor reshaped or expanded to sizes of which some are not known."""
        before, sizes = self.shape(tensor), self._rows[row]
        if kind == "Reshape":
            after = [before[index] if size == 0 else size for index, size in enumerate(sizes)]
        else:
            rank = max(len(before), len(sizes))
            own, wanted = ((1,) * (rank - len(each)) + each for each in (before, sizes))
            after = [mine if size == 1 else size for mine, size in zip(own, wanted, strict=True)]
        known = [None if size == -1 else size for size in after]
        return helper.make_tensor_type_proto(self._types[tensor].tensor_type.elem_type, known)

    def several(self, kind: str, *inputs: str, count: int, **attributes: Any) -> tuple[str, ...]:
        """Write an operator with so many outputs; returns their names."""
        return tuple(self.ops(kind, *inputs, names=[self._new(kind.lower()) for _ in range(count)], **attributes))

    def constant(self, value: ArrayLike, dtype: Any = None, name: str = "") -> str:
        """Write down a constant; see `GraphBuilder.constant`. Small ones that are equal are written once."""
        array = np.asarray(value, dtype=dtype)
        if name or array.size > _SMALL:
            return self.written(array, name)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._equal:
            self._equal[key] = self.written(array, name)
        return self._equal[key]

    def written(self, array: NDArray[Any], name: str = "") -> str:
        """Write down a constant that is not shared with others that are equal."""
        name = super().constant(array, name=name)
        self._types[name] = helper.make_tensor_type_proto(helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        if array.size <= _SMALL:
            self._sizes[name] = numpy_helper.from_array(array, name)
        return name

    def like(self, value: ArrayLike, tensor: str) -> str:
        """A constant of the type of a tensor."""
        return self.constant(value, self.dtype(tensor))

    def whole(self, *numbers: int) -> str:
        """A constant row of whole numbers, as axes and sizes are given to operators."""
        row = self.constant(numbers, np.int64)
        self._rows[row] = numbers
        return row

    def kind(self, tensor: str) -> onnx.TypeProto:
        """Type and shape of a tensor."""
        return self._types[tensor]

    def dtype(self, tensor: str) -> np.dtype[Any]:
        """The type of the numbers of a tensor."""
        dtype: np.dtype[Any] = helper.tensor_dtype_to_np_dtype(self._types[tensor].tensor_type.elem_type)
        return dtype

    def cast(self, tensor: str, dtype: Any) -> str:
        """A tensor with numbers of another type; the same where they have it."""
        if self.dtype(tensor) == np.dtype(dtype):
            return tensor
        return self.op("Cast", tensor, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def shape(self, tensor: str) -> Shape:
        """The sizes of a tensor."""
        dimensions = self._types[tensor].tensor_type.shape.dim
        return tuple(each.dim_value if each.HasField("dim_value") else None for each in dimensions)

    def map_sizes(self, maps: str, first: int = 2) -> tuple[int, ...]:
        """The sizes of maps behind batch and channels, which settings of a layer depend on.

        Args:
            maps: (B, C, ...).
            first: the first axis that is wanted.

        Raises:
            ExportError: one of them depends on the batch.
        """
        wanted = self.shape(maps)[first:]
        sizes = tuple(each for each in wanted if each is not None)
        if len(sizes) != len(wanted):
            raise ExportError("the size of its maps depends on the batch, which a file cannot know")
        return sizes

    def rank(self, tensor: str) -> int:
        """How many axes a tensor has."""
        return len(self.shape(tensor))

    def axis(self, tensor: str, axis: int) -> int:
        """An axis counted from the first."""
        return axis % self.rank(tensor)

    def sizes(self, tensor: str, axes: Sequence[int]) -> str:
        """A row of the sizes along some axes, for operators that take them; constant where all are known."""
        sizes = tuple(self.shape(tensor)[axis] for axis in axes)
        known = [each for each in sizes if each is not None]
        if len(known) == len(sizes):
            return self.whole(*known)
        row = self.op("Gather", self.op("Shape", tensor), self.whole(*(self.axis(tensor, each) for each in axes)))
        self._rows[row] = sizes
        return row

    def all_sizes(self, tensor: str) -> str:
        """A row of the sizes along every axis."""
        return self.sizes(tensor, range(self.rank(tensor)))

    def joined_sizes(self, *parts: int | str) -> str:
        """A row of sizes of which some are numbers, and some are rows as `sizes` gives them."""
        sizes = [each for part in parts for each in ((part,) if isinstance(part, int) else self._rows[part])]
        known = [each for each in sizes if each is not None]
        if len(known) == len(sizes):
            return self.whole(*known)
        row = self.op("Concat", *(self.whole(each) if isinstance(each, int) else each for each in parts), axis=0)
        self._rows[row] = tuple(sizes)
        return row

    def _new(self, kind: str) -> str:
        name, number = kind, 1
        while name in self._names:
            number += 1
            name = f"{kind}_{number}"
        self._names.add(name)
        return name


_PART = re.compile(r"[._](weight|bias|gamma|beta|running_mean|running_var)$")
"""What the name of a weight ends in, after that of its layer."""
_SMALL = 16
"""So many numbers may a constant have that onnx is told, to infer shapes from."""
