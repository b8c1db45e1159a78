"""Anchors and objects for the checks of target encoders, drawn from seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.engines.onnx.exportable import Decode
from zoo_core.parts.geometry import BoxFormat, ImageSize, Level

__all__ = ["ARRAYS", "MOST_OBJECTS", "NO_OBJECT", "SEEDS", "anchors_of", "case", "exported_decoding", "objects_of"]

ARRAYS = ("classes", "offsets", "mask")
"""Those that all targets have."""
SEEDS = st.integers(0, 2**32 - 1)
"""Cases are drawn from seeds and not number by number: where numbers are round, overlaps are
equal, and which of two equal anchors is matched is undefined."""
MOST_OBJECTS = 6
NO_OBJECT = np.zeros((0, 4), dtype=np.float32), np.zeros(0, dtype=np.int64)


_LEVELS = (Level(8, 10, 16, 2), Level(4, 5, 32, 2), Level(2, 3, 64, 2), Level(1, 2, 128, 2))


def anchors_of(seed: int) -> Anchors:
    """Two anchors on each cell of four maps of an oblong image, none of them quite regular."""
    rng = np.random.default_rng([seed, 0])
    boxes = []
    for level in _LEVELS:
        row, column, rank = np.indices((level.height, level.width, level.per_cell)).reshape(3, -1)
        middle = (np.stack([column, row], axis=1) + rng.uniform(0.4, 0.6, (len(row), 2))) * level.stride
        sides = np.array([(1.2, 1.2), (1.7, 0.85)])[rank] * rng.uniform(0.9, 1.1, (len(row), 2)) * level.stride
        boxes.append(np.concatenate([middle - sides / 2, middle + sides / 2], axis=1))
    image = ImageSize(_LEVELS[0].height * _LEVELS[0].stride, _LEVELS[0].width * _LEVELS[0].stride)
    scale = np.tile(image[::-1], 2)
    return Anchors((np.concatenate(boxes) / scale).astype(np.float32), BoxFormat.CORNER_UNIT, image, _LEVELS)


def objects_of(seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Boxes (M, 4) corner/unit inside of the image, small and large, and labels (M,), each another one."""
    rng = np.random.default_rng([seed, 1])
    count = int(rng.integers(1, MOST_OBJECTS, endpoint=True))
    sides = rng.uniform(0.05, 0.9, (count, 2))
    corner = rng.uniform(0, 1 - sides)
    boxes = np.concatenate([corner, corner + sides], axis=1).astype(np.float32)
    return boxes, rng.permutation(2 * MOST_OBJECTS)[:count]


def case(seed: int) -> tuple[Anchors, NDArray[np.float32], NDArray[np.int64]]:
    """Anchors, and the boxes and labels of objects."""
    return anchors_of(seed), *objects_of(seed)


def exported_decoding(decode: Decode) -> Any:
    """A session from ``offsets`` (B, K, 4) and ``priors`` (B, K, P) to boxes."""
    from onnx import TensorProto, helper

    from zoo_core.engines.onnx.graph import GraphBuilder
    from zoo_core.engines.onnx.session import open_session

    graph = GraphBuilder()
    names = {"offsets": 4, "priors": "known", decode(graph, "offsets", "priors"): 4}
    *inputs, output = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "count", last]) for name, last in names.items()
    )
    return open_session(graph.model(inputs, [output], "decoding").SerializeToString())
