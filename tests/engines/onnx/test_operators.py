"""The operators written for pictures and boxes do what the zoo's own functions do, on random inputs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from zoo_core.boxes.boxes import Anchors, BoxFormat
from zoo_core.config.detector import NmsSettings, Normalization
from zoo_core.data.pipeline import transforms
from zoo_core.engines.onnx.boxes import final_boxes
from zoo_core.engines.onnx.exportable import FileAnchors
from zoo_core.engines.onnx.folding import fold_batch_norms
from zoo_core.engines.onnx.graph import GraphBuilder
from zoo_core.engines.onnx.pictures import network_input
from zoo_core.engines.onnx.session import open_session
from zoo_core.parts.geometry import ImageSize, Level
from zoo_core.parts.outputs import Scoring
from zoo_core.prediction.postprocessing import postprocess
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.registry import default_registry, make

BATCH = 2


def pictures_session(size, normalization, *, resize=True):
    graph = GraphBuilder()
    output = network_input(graph, "images", size, normalization, resize=resize)
    inputs = [helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", "height", "width", 3])]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", 3, *size])]
    return open_session(graph.model(inputs, outputs, "pictures").SerializeToString())


@pytest.mark.parametrize("size", [ImageSize(64, 96), ImageSize(31, 7)], ids=str)
def test_pictures_become_what_the_network_sees(size):
    normalization = Normalization(mean=(0.1, 0.5, 0.7), std=(0.2, 0.3, 0.4))
    session = pictures_session(size, normalization)

    @settings(max_examples=40, deadline=None)
    @given(height=st.integers(1, 300), width=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
    def check(height, width, seed):
        images = np.random.default_rng(seed).integers(0, 256, (BATCH, height, width, 3), dtype=np.uint8)
        (found,) = session.run(None, {"images": images})
        wanted = np.stack([transforms.network_input(each, size, normalization) for each in images])
        # One value of a pixel is .02 here.
        np.testing.assert_allclose(found, wanted, atol=5e-4)

    check()


def test_pictures_of_the_size_of_the_network_are_not_resized():
    size = ImageSize(9, 14)
    session = pictures_session(size, Normalization(), resize=False)
    images = np.random.default_rng(0).integers(0, 256, (BATCH, *size, 3), dtype=np.uint8)
    (found,) = session.run(None, {"images": images})
    np.testing.assert_allclose(found[1], transforms.network_input(images[1], size, Normalization()), atol=1e-6)


def encoder():
    return make(settings_from(default_registry(), "targets", {"name": "ssd", "stds": [0.1, 0.2, 0.3, 0.4]}))


def anchors_of(rng, count):
    middle, side = rng.uniform(0, 1, (count, 2)), rng.uniform(0.1, 0.5, (count, 2))
    return Anchors(np.concatenate([middle, side], axis=1), BoxFormat.CENTER_UNIT, ImageSize(50, 80))


def boxes_session(anchors, classes, nms, scoring=Scoring.SOFTMAX):
    graph = GraphBuilder()
    known = FileAnchors.of(anchors, encoder())
    final_boxes(graph, "probabilities", "offsets", "images", known, classes, encoder().onnx_decode, nms, scoring)
    floats = {"probabilities": (len(anchors), scoring.scores(classes)), "offsets": (len(anchors), 4)}
    inputs = [
        helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", "height", "width", 3]),
        *(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *each]) for name, each in floats.items()),
    ]
    outputs = [
        helper.make_tensor_value_info(name, kind, ["batch", "kept", 4][:rank])
        for name, kind, rank in (("boxes", 1, 3), ("scores", 1, 2), ("labels", 7, 2), ("count", 7, 1))
    ]
    return open_session(graph.model(inputs, outputs, "boxes").SerializeToString())


SETTINGS = st.builds(
    NmsSettings,
    score=st.sampled_from([0.0, 0.01, 0.3]),
    iou=st.sampled_from([0.1, 0.45, 1.0]),
    top_k=st.sampled_from([1, 7, 40, 400]),
    keep=st.sampled_from([1, 5, 100]),
    per_class=st.booleans(),
)


def said(rng, anchors, classes, *, ties):
    """Probabilities and offsets of a batch; with ties scores are rounded, so that many are equal."""
    scores = rng.uniform(0, 1, (BATCH, len(anchors), classes + 1))
    scores = np.round(scores, 1) if ties else scores
    return scores.astype(np.float32), rng.normal(size=(BATCH, len(anchors), 4)).astype(np.float32)


def assert_same(session, probabilities, offsets, anchors, nms, scoring=Scoring.SOFTMAX):
    images = np.zeros((len(probabilities), 30, 70, 3), np.uint8)
    outputs = session.run(None, {"images": images, "probabilities": probabilities, "offsets": offsets})
    for index, (boxes, scores, labels, count) in enumerate(zip(*outputs, strict=True)):
        wanted = postprocess(probabilities[index], offsets[index], anchors, encoder(), nms, scoring)
        assert count == len(wanted.scores)
        np.testing.assert_array_equal(labels[:count], wanted.labels)
        np.testing.assert_array_equal(scores[:count], wanted.scores)
        np.testing.assert_allclose(boxes[:count], np.clip(wanted.boxes, 0, 1) * [70, 30, 70, 30], atol=1e-3)
        assert (labels[count:] == -1).all()
        assert not scores[count:].any()
        assert not boxes[count:].any()


@settings(max_examples=60, deadline=None)
@given(nms=SETTINGS, classes=st.integers(1, 4), count=st.sampled_from([1, 3, 60]), seed=st.integers(0, 2**32 - 1))
def test_boxes_are_those_of_the_zoo(nms, classes, count, seed):
    rng = np.random.default_rng(seed)
    anchors = anchors_of(rng, count)
    assert_same(boxes_session(anchors, classes, nms), *said(rng, anchors, classes, ties=False), anchors, nms)


@settings(max_examples=30, deadline=None)
@given(nms=SETTINGS, seed=st.integers(0, 2**32 - 1))
def test_equal_scores_come_in_the_order_of_the_zoo(nms, seed):
    rng = np.random.default_rng(seed)
    anchors = anchors_of(rng, 50)
    assert_same(boxes_session(anchors, 3, nms), *said(rng, anchors, 3, ties=True), anchors, nms)


LEVELS = (Level(4, 5, 8, 2), Level(2, 3, 16, 1), Level(1, 1, 40, 2))


@settings(max_examples=30, deadline=None)
@given(
    nms=SETTINGS,
    scoring=st.sampled_from(Scoring),
    peaks=st.sampled_from([None, 3, 5]),
    ties=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_boxes_of_every_scoring_and_peaks_are_those_of_the_zoo(nms, scoring, peaks, ties, seed):
    rng, nms = np.random.default_rng(seed), nms.model_copy(update={"peaks": peaks})
    placed = anchors_of(rng, sum(level.anchors for level in LEVELS))
    anchors = Anchors(placed.boxes, placed.format, placed.image, LEVELS)
    probabilities, offsets = said(rng, anchors, scoring.scores(3) - 1, ties=ties)
    assert_same(boxes_session(anchors, 3, nms, scoring), probabilities, offsets, anchors, nms, scoring)


def test_boxes_beyond_every_number_suppress_nothing():
    rng, nms = np.random.default_rng(0), NmsSettings()
    anchors = anchors_of(rng, 20)
    probabilities, offsets = said(rng, anchors, 3, ties=False)
    offsets[:, ::3, 2:] = 1e6
    session = boxes_session(anchors, 3, nms)
    images = np.zeros((BATCH, 30, 70, 3), np.uint8)
    outputs = session.run(None, {"images": images, "probabilities": probabilities, "offsets": offsets})
    for index in range(BATCH):
        wanted = postprocess(probabilities[index], offsets[index], anchors, encoder(), nms)
        np.testing.assert_array_equal(outputs[2][index, : outputs[3][index]], wanted.labels)


def test_a_batch_norm_is_drawn_into_its_convolution_and_into_no_other():
    rng = np.random.default_rng(0)
    graph = GraphBuilder()

    def norm(tensor):
        weights = [rng.uniform(0.5, 1.5, 4) for _ in range(4)]
        return graph.op("BatchNormalization", tensor, *(graph.constant(each, np.float32) for each in weights))

    weight = graph.constant(rng.normal(size=(4, 3, 3, 3)), np.float32)
    bias = graph.constant(rng.normal(size=4), np.float32)
    plain = norm(graph.op("Conv", "x", weight, bias, pads=[1, 1, 1, 1]))
    separate = graph.op("Conv", plain, graph.constant(rng.normal(size=(4, 1, 1, 1)), np.float32), group=4)
    shared = graph.op("Conv", norm(separate), graph.constant(rng.normal(size=(4, 4, 1, 1)), np.float32))
    end = graph.op("Add", norm(shared), shared)  # its convolution is seen by another, too
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])]
    model = graph.model(inputs, [helper.make_tensor_value_info(end, TensorProto.FLOAT, [1, 4, 8, 8])], "norms")
    image = rng.normal(size=(1, 3, 8, 8)).astype(np.float32)
    (before,) = open_session(model.SerializeToString()).run(None, {"x": image})
    assert fold_batch_norms(model.graph) == 2
    assert [node.op_type for node in model.graph.node].count("BatchNormalization") == 1
    (after,) = open_session(model.SerializeToString()).run(None, {"x": image})
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-5)
    assert all(numpy_helper.to_array(each).dtype == np.float32 for each in model.graph.initializer)
