"""Small helpers for gluon blocks that several checks need. MXNet is imported when one of them runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.engines import gluon

__all__ = ["array", "assert_hybrid_block", "numbers"]


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
