"""PyTorch computes with one thread here, as MXNet does, so that tests side by side do not wait for each other."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _networks_are_forgotten(request: pytest.FixtureRequest) -> Iterator[None]:
    """Slow tests leave large networks, which gluon ties into cycles: after sixty of them a process had 16 GB."""
    yield
    if request.node.get_closest_marker("slow"):
        gc.collect()
