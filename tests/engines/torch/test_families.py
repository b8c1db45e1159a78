"""Detectors with heads, necks and scorings of other families: PyTorch runs and trains them as MXNet does."""

from __future__ import annotations

import numpy as np
import pytest

import zoo_core as zoo
from tests.combinations.conftest import families  # noqa: F401
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

pytestmark = pytest.mark.usefixtures("families")


@pytest.mark.parametrize("name", ["toy_fcos", "toy_yolo", "toy_centernet"])
def test_training_and_detections_are_those_of_mxnet(name: str) -> None:
    losses, found = [], []
    for engine in ("mxnet", "torch"):
        detector = zoo.build(name, {"engine": engine, "device": "cpu"})
        assert type(detector.engine).__name__ == {"mxnet": "GluonEngine", "torch": "TorchEngine"}[engine]
        image = zoo.dataset(detector.config)[0].image
        found.append(detector.predict(image))
        batches = batches_for(detector, zoo.dataset(detector.config, "train"))
        steps = TrainingLoop(detector.config, detector.engine, batches).steps()
        losses.append([(step.class_loss, step.box_loss) for step, _ in zip(steps, range(3), strict=False)])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)
    there, here = found
    np.testing.assert_allclose(np.sort(here.scores), np.sort(there.scores), atol=1e-5)
    assert len(here.boxes) == len(there.boxes)
