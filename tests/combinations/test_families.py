"""FCOS, YOLO and CenterNet in little, by the contract of docs/decisions/0010-families.md: each learns and predicts."""

import math

import numpy as np
import pytest

import zoo_core as zoo
from tests.fake_families import encoders, networks
from zoo_core.boxes.placing import place
from zoo_core.boxes.promises import check_encoder
from zoo_core.boxes.protocols import ClassRows
from zoo_core.common.errors import PluginError
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

pytestmark = pytest.mark.usefixtures("families")

FAMILIES = ("toy_fcos", "toy_yolo", "toy_centernet")


def trained(name, overrides=None):
    """A detector after a step for each batch, and the steps."""
    detector = zoo.build(name, overrides)
    batches = batches_for(detector, zoo.dataset(detector.config, "train"))
    return detector, list(TrainingLoop(detector.config, detector.engine, batches).steps())


@pytest.mark.parametrize("name", FAMILIES)
def test_it_learns_and_predicts(name):
    fresh = zoo.build(name).engine.network._collect_params_with_prefix()
    detector, steps = trained(name)
    assert all(math.isfinite(step.loss) and min(step.class_loss, step.box_loss) > 0 for step in steps)
    learned = detector.engine.network._collect_params_with_prefix()
    still = {part for part in fresh if (fresh[part].data() == learned[part].data()).asnumpy().all()}
    assert still <= {"neck.extra.0.weight", "neck.extra.0.bias"}  # no object is so large
    found = detector.predict(zoo.dataset(detector.config)[0].image)
    assert len(found.boxes)
    assert np.isfinite(found.boxes).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_its_targets_decode_to_the_objects(name):
    detector = zoo.build(name)
    sample = zoo.dataset(detector.config, "train")[0]
    height, width = sample.image.shape[:2]
    boxes = sample.boxes / np.array([width, height, width, height], np.float32)
    targets = detector.encoder.encode(detector.anchors, boxes, sample.labels)
    matched = np.flatnonzero(targets.classes > 0)
    decoded = detector.encoder.decode(targets.offsets, detector.anchors)[matched]
    same = np.abs(decoded[:, None] - boxes).max(axis=2) < 1e-5
    assert same.any(axis=0).all(), "every object has an anchor"
    np.testing.assert_array_equal(sample.labels[same.argmax(axis=1)] + 1, targets.classes[matched])


@pytest.mark.parametrize("name", FAMILIES)
def test_it_is_exported_and_read_back(name, tmp_path):
    detector, _ = trained(name)
    report = zoo.export(detector, tmp_path / "detector.onnx")
    assert report.parity.detections > 100
    exported, image = zoo.load(tmp_path / "detector.onnx"), zoo.dataset(detector.config)[0].image
    ours, theirs = detector.predict(image), exported.predict(image)
    np.testing.assert_array_equal(ours.labels, theirs.labels)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=0.01)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_run_reads_back_and_begins_detectors_of_other_classes(name, tmp_path):
    run = zoo.train(name, tmp_path / "run")
    image, first = zoo.dataset(run.config)[0].image, zoo.load(run.folder)
    np.testing.assert_array_equal(first.predict(image).boxes, zoo.load(run.folder).predict(image).boxes)
    changed = {"classes": ["square", "star", "circle"], "data": None, "weights.source": str(run.folder)}
    second, rows = zoo.build(name, changed), {0: 1, 2: 0}  # new class, old class
    assert {layer.fate for layer in second.engine.transfer.layers} == {"loaded", "in part"}
    before, after, fresh = (
        each.engine.network.head for each in (first, second, zoo.build(name, {**changed, "weights.source": None}))
    )
    for layer, (anchors, others, _) in before.class_rows.items():
        old, new, drawn = (
            each._collect_params_with_prefix()[f"{layer}.weight"].data().asnumpy().reshape(anchors, others + 3, -1)
            for each in (before, after, fresh)
        )
        np.testing.assert_array_equal(new[:, :others], old[:, :others])
        for label in range(3):
            wanted = old[:, others + rows[label]] if label in rows else drawn[:, others + label]
            np.testing.assert_array_equal(new[:, others + label], wanted)


def test_weights_for_other_scores_are_not_taken_for_classes(tmp_path):
    softmax = {"targets": "ssd", "loss": "ssd_multibox", "head": "one_conv"}
    run = zoo.train("toy_yolo", tmp_path / "run", softmax)
    report = zoo.build("toy_yolo", {"weights.source": str(run.folder)}).engine.transfer
    told = {layer.why for layer in report.layers if layer.name.startswith("outputs.")}
    assert told == {"its scores are for softmax, and here for objectness"}


def test_targets_are_reconsidered_when_the_network_has_spoken():
    """Where every box is near enough to some object, only matched anchors are left to learn from."""

    def loss(ignore):
        _, steps = trained("toy_yolo", {"targets.ignore": ignore, "training.augmentation": []})
        return steps[0].class_loss

    assert loss(1e-6) < loss(0.999)


def test_only_a_loss_that_wants_them_gets_soft_targets():
    detector = zoo.build("toy_centernet")
    batch = batches_for(detector, zoo.dataset(detector.config, "train"))[0]
    assert batch.targets.soft.shape == (2, len(detector.anchors), 3)
    assert batch.targets.soft.max() == 1
    plain = zoo.build("toy_centernet", {"loss": "ssd_multibox"})
    assert batches_for(plain, zoo.dataset(plain.config, "train"))[0].targets.soft is None
    assert all(math.isfinite(step.loss) for step in trained("toy_centernet", {"loss": "ssd_multibox"})[1])


@pytest.mark.parametrize("name", FAMILIES)
def test_its_anchors_are_held_against_data(name):
    report = zoo.check_anchors(zoo.load_config(name, {"data.train_images": 12}))
    assert report.overall.objects > 12
    assert report.overall.missed == 0
    assert sum(report.positives) >= report.overall.objects


def test_anchors_are_proposed_whichever_map_comes_first():
    """The same shapes on the same maps in another order get the same proposal in that order."""
    shapes = zoo.load_config("toy_yolo").anchors.shapes
    small = [[[width / 3, height / 3] for width, height in each] for each in shapes]
    reports = [
        zoo.check_anchors(
            zoo.load_config(
                "toy_yolo",
                {
                    "data.train_images": 12,
                    "neck.coarsest_first": first,
                    "anchors.shapes": small if first else small[::-1],
                },
            )
        )
        for first in (True, False)
    ]
    coarsest, finest = (report.proposal for report in reports)
    assert coarsest.overall.recall == finest.overall.recall > reports[0].overall.recall
    assert coarsest.anchors.shapes == finest.anchors.shapes[::-1]


@pytest.mark.parametrize(
    ("name", "owner", "attribute", "broken", "says"),
    [
        (
            "toy_yolo",
            networks.OneConvHead,
            "hybrid_forward",
            lambda self, F, maps: [layer(map_) for layer, map_ in zip(self.outputs, maps, strict=True)],  # noqa: ARG005, N803
            r"head 'one_conv' promised scores \(1, 504, 4\) and numbers \(1, 504, 4\) at 48x64 and gave .*3, 4\)",
        ),
        (
            "toy_fcos",
            networks.TopDown,
            "hybrid_forward",
            lambda self, F, maps: maps,  # noqa: ARG005, N803
            "neck 'top_down' promised 4 feature maps at 48x64 .* and gave 3",
        ),
        (
            "toy_fcos",
            networks.SharedHead,
            "hybrid_forward",
            lambda self, F, maps: 1 / 0,  # noqa: ARG005, N803
            "head 'shared' fails at 48x64: .*division by zero",
        ),
        (
            "toy_yolo",
            networks.OneConvHead,
            "class_rows",
            property(lambda self: {"outputs.9": ClassRows(1, 5)}),  # noqa: ARG005
            "head 'one_conv' promised 8 rows of 'outputs.9' by its class_rows and gave no such layer",
        ),
        (
            "toy_yolo",
            networks.OneConvHead,
            "class_rows",
            property(lambda self: {"outputs.0": ClassRows(2, 4)}),  # noqa: ARG005
            "head 'one_conv' promised 14 rows of 'outputs.0' by its class_rows and gave 16",
        ),
        (
            "toy_fcos",
            networks.SharedHead,
            "class_rows",
            property(lambda self: {"class_layer": ClassRows(1, 0, "center")}),  # noqa: ARG005
            "head 'shared' promised 4 rows of 'center' by its class_rows and gave no such layer",
        ),
        (
            "toy_yolo",
            networks.OneConvHead,
            "class_rows",
            lambda self: {"outputs.0": ClassRows(2, 5)},  # noqa: ARG005
            "head 'one_conv' promised ClassRows by layer as class_rows and gave <bound method",
        ),
        (
            "toy_yolo",
            networks.OneConvHead,
            "class_rows",
            property(lambda self: self.no_such_layer),
            "head 'one_conv' fails when asked for class_rows: AttributeError: .*no_such_layer",
        ),
        (
            "toy_centernet",
            encoders.Heatmap,
            "soft_classes",
            lambda *_: np.zeros((3, 2)),
            r"target encoder 'heatmap' promised soft targets of two classes as \(192, 2\) of float32 and gave \(3, 2\)",
        ),
        (
            "toy_yolo",
            encoders.Cell,
            "reconsider",
            lambda *_, **__: None,
            r"target encoder 'cell' promised reconsidered classes of two images as \(2, 504\) of int32 and gave a None",
        ),
        (
            "toy_yolo",
            encoders.Cell,
            "reconsider",
            lambda *_, **__: 1 / 0,
            "target encoder 'cell' fails: .*division by zero",
        ),
    ],
)
def test_a_part_that_breaks_its_promise_is_named(monkeypatch, name, owner, attribute, broken, says):
    monkeypatch.setattr(owner, attribute, broken)
    with pytest.raises(PluginError, match=says):
        zoo.build(name)


@pytest.mark.parametrize(
    ("method", "given", "says"),
    [
        (
            "match",
            lambda _, boxes: np.zeros(len(boxes), int),
            r"match\(\) as \(192,\) of .* gave \(1,\) of int64",
        ),
        ("match", lambda anchors, _: np.ones(len(anchors), bool), r"of whole numbers .* gave \(192,\) of bool"),
        ("match", lambda anchors, _: np.zeros(len(anchors)), r"gave \(192,\) of float64"),
        ("match", lambda *_: None, r"gave \(\) of object"),
        ("match", lambda anchors, boxes: [len(boxes)] * len(anchors), "from -2 to below 1, .* int64 from 1 to 1"),
        ("match", lambda anchors, _: np.full(len(anchors), -3), "int64 from -3 to -3"),
        ("code", lambda _, boxes: boxes[:, :2], r"code\(\) of 1 matched anchors as \(1, 4\) and gave \(1, 2\)"),
        ("code", lambda _, boxes: boxes * np.nan, "offsets that are finite numbers and gave NaN"),
        ("weights", lambda _, boxes: boxes, r"weights\(\) of 1 matched anchors as \(1,\) and gave \(1, 4\)"),
        ("weights", lambda *_: 1, r"weights\(\) of .* gave \(\);"),
        ("weights", lambda _, boxes: -np.ones(len(boxes)), "a mask of 0 without an object and above it with one"),
    ],
)
def test_what_a_matching_encoder_gives_is_held_to_its_promise(monkeypatch, method, given, says):
    config, own = zoo.load_config("toy_centernet"), zoo.make(zoo.load_config("toy_centernet").targets)
    monkeypatch.setattr(encoders.Heatmap, method, lambda _, *arguments: given(*arguments))
    with pytest.raises(PluginError, match=f"^target encoder 'heatmap' promised .*{says}"):
        check_encoder(own, config.targets, place(config.anchors, zoo.plan(config)), 3)
