"""Small helpers for gluon blocks that several checks need. MXNet is imported when one of them runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.engines import gluon
from zoo_core.parts.guarding import reason_of

__all__ = ["array", "assert_hybrid_block", "assert_inferred", "numbers"]


def array(values: ArrayLike) -> Any:
    """An MXNet array of float32."""
    return gluon.mx.nd.array(np.asarray(values, dtype=np.float32))


def numbers(outputs: Sequence[Any]) -> list[NDArray[np.float32]]:
    """The values of MXNet arrays; waits for them."""
    return [each.asnumpy() for each in outputs]


def assert_hybrid_block(made: object) -> None:
    """Fail unless a heavy half is of the class that training and exporting need."""
    assert isinstance(made, gluon.mx.gluon.HybridBlock), (
        f"{type(made).__name__} is not a HybridBlock: derive it from zoo_core.engines.gluon.mx.gluon.HybridBlock"
    )


def assert_inferred(
    symbols: Any, shapes: Mapping[str, tuple[int, ...]], expected: Sequence[tuple[int, ...]], promise: str
) -> None:
    """Fail unless MXNet infers the expected shapes of outputs.

    Args:
        symbols: the outputs.
        shapes: of the inputs, by name.
        expected: of the outputs.
        promise: in words, to which is added what the network does.
    """
    found: list[tuple[int, ...]] | None = None
    try:
        found = [tuple(each) for each in symbols.infer_shape_partial(**shapes)[1]]
        does = f"gives {found}"
    except RuntimeError as error:  # MXNetError is one
        does = f"fails: {reason_of(error)}"
    assert found == expected, f"{promise} {does}"
