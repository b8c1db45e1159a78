"""A detector so small that a step takes milliseconds."""

from __future__ import annotations

import pytest

TINY = {
    "input_size": "64x64",
    "backbone.channels": [4] * 6,
    "data.image_size": 64,
    "data.train_images": 16,
    "data.validation_images": 2,
    "training.batch_size": 4,
    "training.epochs": 4,
    "training.warmup_steps": 6,
    "training.learning_rate": 0.01,
}


@pytest.fixture(scope="session")
def tiny():
    """Makes the overrides of ``tinyssd_shapes``: ``tiny(optimizer="adam", checkpoints__keep=2)``."""

    def overrides(**training):
        return {**TINY, **{f"training.{key.replace('__', '.')}": value for key, value in training.items()}}

    return overrides
