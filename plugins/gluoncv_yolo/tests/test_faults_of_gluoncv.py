"""What goes wrong in GluonCV's YOLO3, and not here; faults of its targets are in test_encoder.py."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.plugin_api import mx

pytestmark = pytest.mark.slow  # a library that is retired keeps its faults


def test_a_side_above_1024_is_an_error_of_shapes_there(gluoncv):
    name, images = "yolo3_mobilenet0.25_custom", {"data": (1, 3, 1056, 64)}
    with pytest.raises(mx.base.MXNetError):
        gluoncv(name)(mx.sym.var("data"))[0].infer_shape(**images)
    detector = zoo.build(name, {"input_size": "1056x64"})
    scores = detector.engine.network(mx.sym.var("data"))[0]
    assert scores.infer_shape(**images)[1] == [(1, *detector.plan.score_shape)]


def test_reset_class_loses_all_rows_of_boxes(gluoncv):
    """Where no class is reused; GluonCV's network then has to learn again where objects are."""
    theirs = gluoncv("yolo3_mobilenet0.25_custom")
    before = theirs.yolo_outputs[0].prediction.weight.data().asnumpy().reshape(3, 6, -1)
    theirs.reset_class(["cat"])
    after = theirs.yolo_outputs[0].prediction.weight.data().asnumpy().reshape(3, 6, -1)
    assert not np.isclose(before[:, :5], after[:, :5]).any(axis=(0, 2)).all()
