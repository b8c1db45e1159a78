"""What the check accepts builds and learns a step; what it refuses for its size or shape really fails."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo_core as zoo
from tests.sampling import one_in
from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.encoding import encode_batch
from zoo_core.common.errors import ConfigError
from zoo_core.config.loading import load_config
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.network import DetectionNetwork
from zoo_core.parts.geometry import Level
from zoo_core.parts.outputs import Outputs
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.registry import default_registry, make
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

pytestmark = pytest.mark.usefixtures("families")

TRAINING = {"epochs": 1, "batch_size": 2, "learning_rate": 0.001, "workers": 0}
DATA = {"name": "shapes", "train_images": 2, "validation_images": 1}


@st.composite
def tinyssd_tables(draw):
    channels = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    first = draw(st.integers(1, len(channels)))
    return {"name": "tinyssd", "channels": channels, "first_output": first}, len(channels) - first + 2


@st.composite
def steps_tables(draw):
    channels = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    return {"name": "steps", "channels": channels, "first_stride": draw(st.sampled_from([2, 4]))}, len(channels)


@st.composite
def neck_tables(draw, maps):
    kind, extra = draw(st.sampled_from(["center_net", "fpn", "top_down", "yolo3"])), draw(st.integers(0, 2))
    if kind == "center_net":
        return {"name": kind, "channels": draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))}, 1
    if kind == "yolo3":
        count = draw(st.sampled_from([maps, maps, maps + 1, max(1, maps - 1)]))
        return {"name": kind, "channels": [2 * draw(st.integers(1, 3)) for _ in range(count)]}, count
    if kind == "fpn":
        source = draw(st.sampled_from(["backbone", "neck"]))
        return {"name": kind, "channels": 4, "extra_maps": extra, "extra_from": source}, maps + extra
    coarsest_first = draw(st.booleans())
    return {
        "name": kind,
        "channels": draw(st.integers(1, 6)),
        "extra": extra,
        "coarsest_first": coarsest_first,
    }, maps + extra


@st.composite
def anchor_tables(draw, maps):
    """Anchors for some number of maps, which is not always that of the network."""
    maps = draw(st.one_of(st.just(maps), st.just(maps), st.integers(1, 7)))
    kind = draw(st.sampled_from(["multibox_prior", "ssd", "retinanet", "yolo3", "box_shapes", *POINTS]))
    if kind == "multibox_prior":
        return {"name": kind, "sizes": [[0.1 + 0.1 * each] for each in range(maps)]}
    if kind == "ssd":
        return {"name": kind, "sizes": [10.0 + 10 * each for each in range(maps + 1)], "ratios": [[1, 2]] * maps}
    if kind == "retinanet":
        return {"name": kind, "sizes": [10.0 + 10 * each for each in range(maps)]}
    if kind in POINTS:
        return {"name": kind, "maps": maps}
    return {
        "name": kind,
        "shapes": [[[8, 8]] * each for each in draw(st.lists(st.integers(1, 2), min_size=maps, max_size=maps))],
    }


@st.composite
def tables(draw):
    """A configuration of parts of all families, which may or may not go together."""
    backbone, maps = draw(st.one_of(tinyssd_tables(), steps_tables(), st.just(({"name": "mobilenet0.25"}, 6))))
    neck, maps = draw(st.one_of(st.just((None, maps)), neck_tables(maps)))
    targets, loss = draw(
        st.one_of(st.sampled_from(FITTING), st.tuples(st.sampled_from(ENCODERS), st.sampled_from(LOSSES)))
    )
    return {
        "classes": ["circle", "square", "triangle"],
        "input_size": list(draw(st.tuples(st.integers(1, 70), st.integers(1, 70)))),
        "backbone": backbone,
        "neck": neck,
        "anchors": draw(anchor_tables(maps)),
        "head": draw(st.sampled_from(HEADS)),
        "targets": targets,
        "loss": loss,
        "data": DATA,
        "training": TRAINING,
    }


POINTS = ("points", "center_net", "fcos")
HEADS = (
    {"kernel": 1},
    {"kernel": 3},
    {"name": "towers", "depth": 0},
    {"name": "towers", "depth": 1, "channels": 4, "norm": "group", "groups": 4, "scales": True},
    *({"name": each} for each in ("shared", "one_conv", "center_net", "yolo3")),
)
ENCODERS = ("multibox", "ssd", "sides", "cell", "heatmap", "center_net", "retinanet", "fcos", "yolo3")
LOSSES = (
    "multibox",
    "ssd_multibox",
    "focal_sides",
    "objectness",
    "heatmap",
    "center_net",
    "retinanet",
    "fcos",
    "yolo3",
)
FITTING = (
    ("retinanet", "retinanet"),
    ("fcos", "fcos"),
    ("yolo3", "yolo3"),
    ("multibox", "ssd_multibox"),
    ("sides", "focal_sides"),
    ("cell", "objectness"),
    ("heatmap", "heatmap"),
    ("center_net", "center_net"),
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables())
def test_the_check_and_the_network_agree(table):
    assert_agree(table)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables())
def test_the_check_and_the_network_agree_about_many(table):
    assert_agree(table)


def assert_agree(table):
    """What is accepted takes a step of training; what is refused would have failed, or learned something else."""
    try:
        config = load_config(table)
    except ConfigError as error:
        refused = error.problems
    else:
        refused = []
        detector = zoo.build(config)
        (step,) = TrainingLoop(config, detector.engine, batches_for(detector, zoo.dataset(config, "train"))).steps()
        assert math.isfinite(step.loss)
    assert {problem.place for problem in refused} <= {"input_size", "neck", "anchors", "head", "loss"}
    encoder, loss = (settings_from(default_registry(), kind, table[kind]) for kind in ("targets", "loss"))
    other_code = [problem for problem in refused if "coded as" in problem.message]
    assert bool(other_code) == (loss.codes not in (None, encoder.codes))  # no shape shows it
    no_stride = [problem for problem in refused if "can be halved" in problem.message]
    assert bool(no_stride) == (table["neck"] is not None and makes_no_whole_stride(**table))  # nor this
    if not no_stride:
        assert runs_in_mxnet(table) == (len(refused) == len(other_code))


def makes_no_whole_stride(backbone, neck, input_size, **_):
    """Whether cells of maps that are doubled would be parts of a pixel apart."""
    backbone = settings_from(default_registry(), "backbone", backbone)
    image = zoo.ImageSize(*map(max, input_size, backbone.smallest_input()))
    stride = backbone.feature_maps(image)[-1].stride
    return neck["name"] == "center_net" and stride % 2 ** len(neck["channels"]) > 0


def runs_in_mxnet(table):
    """Whether the parts, put together with no check at all, give every anchor what the loss takes."""
    kinds = ("backbone", "anchors", "targets", "loss", *(["neck"] if table["neck"] else []))
    parts = {kind: settings_from(default_registry(), kind, table[kind]) for kind in kinds}
    head = settings_from(default_registry(), "head", {"name": "ssd", **table["head"]})
    image = zoo.ImageSize(*table["input_size"])
    try:
        return gives_what_the_loss_takes(head, image, **parts)
    except (mx.base.MXNetError, ValueError, TypeError, IndexError):
        return False


def gives_what_the_loss_takes(head, image, backbone, anchors, targets, loss, neck=None):
    maps = backbone.feature_maps(image)
    made = neck.feature_maps(maps) if neck else maps
    outputs = Outputs(made, anchors.anchors_per_cell(), 3, loss.scoring)
    network = DetectionNetwork(make(backbone), make(head, outputs), make(neck, maps) if neck else None)
    network.initialize()
    scores, numbers = network(mx.nd.zeros((1, 3, *image)))
    placed = make(anchors)(made, image)
    if scores.shape != (1, len(placed), outputs.scores) or numbers.shape != (1, len(placed), 4):
        return False
    levels = [Level(*map_[1:], each) for map_, each in zip(made, outputs.anchors_per_cell, strict=True)]
    placed = Anchors(placed.boxes, placed.format, image, tuple(levels))
    boxes, labels = [np.array([[0.2, 0.2, 0.7, 0.8]], np.float32)], [np.array([1])]
    found = encode_batch(make(targets), placed, boxes, labels, soft_classes=3 if targets.soft and loss.soft else None)
    arrays = [found.classes, found.offsets, found.mask, *([] if found.soft is None else [found.soft])]
    parts = make(loss)(scores, numbers, *(mx.nd.array(each, dtype="float32") for each in arrays))
    return all(math.isfinite(part.sum().asscalar()) for part in parts)


@pytest.mark.parametrize("name", one_in(4, sorted(zoo.detectors())))
def test_registered_detectors_are_refused_just_below_the_size_that_they_need(name):
    config = load_config(name)
    height, width = config.backbone.smallest_input()
    assert load_config(name, {"input_size": [height, width]}).input_size == (height, width)
    for size in ([height - 1, width], [height, width - 1]):
        if min(size):
            with pytest.raises(ConfigError, match=f"needs at least {height}x{width}"):
                load_config(name, {"input_size": size})
