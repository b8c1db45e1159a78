"""What the check accepts builds and learns a step; what it refuses for its size or shape really fails."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo_core as zoo
from zoo_core.common.errors import ConfigError
from zoo_core.config.loading import load_config
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.network import DetectionNetwork
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.registry import default_registry, make
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

TRAINING = {"epochs": 1, "batch_size": 2, "learning_rate": 0.001, "workers": 0}
DATA = {"name": "shapes", "train_images": 2, "validation_images": 1}


@st.composite
def anchor_tables(draw):
    """Anchors for some number of maps, which may or may not be that of the backbone."""
    maps = draw(st.integers(1, 7))
    if draw(st.booleans()):
        return {"name": "multibox_prior", "sizes": [[0.1 + 0.1 * each] for each in range(maps)]}
    return {"name": "ssd", "sizes": [10.0 + 10 * each for each in range(maps + 1)], "ratios": [[1, 2]] * maps}


@st.composite
def tinyssd_tables(draw):
    channels = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    return {"name": "tinyssd", "channels": channels, "first_output": draw(st.integers(1, len(channels)))}


tables = st.fixed_dictionaries(
    {
        "classes": st.just(["circle", "square", "triangle"]),
        "input_size": st.tuples(st.integers(1, 70), st.integers(1, 70)).map(list),
        "backbone": st.one_of(tinyssd_tables(), st.just({"name": "mobilenet1.0"})),
        "anchors": anchor_tables(),
        "targets": st.sampled_from(["multibox", "ssd"]),
        "loss": st.sampled_from(["multibox", "ssd_multibox"]),
        "data": st.just(DATA),
        "training": st.just(TRAINING),
    }
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables)
def test_the_check_and_the_network_agree(table):
    assert_agree(table)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables)
def test_the_check_and_the_network_agree_about_many(table):
    assert_agree(table)


def assert_agree(table):
    """What is accepted takes a step of training; what is refused would have failed."""
    try:
        config = load_config(table)
    except ConfigError as error:
        refused = {problem.place for problem in error.problems}
    else:
        refused = set()
        detector = zoo.build(config)
        (step,) = TrainingLoop(config, detector.engine, batches_for(detector, zoo.dataset(config, "train"))).steps()
        assert math.isfinite(step.loss)
    assert refused <= {"input_size", "anchors"}
    assert runs_in_mxnet(table) == (not refused)


def runs_in_mxnet(table):
    """Whether the parts, put together with no check at all, give a score for every anchor."""
    backbone, anchors = (settings_from(default_registry(), kind, table[kind]) for kind in ("backbone", "anchors"))
    image = zoo.ImageSize(*table["input_size"])
    try:
        network = DetectionNetwork(make(backbone), anchors.anchors_per_cell(), class_count=3)
        network.initialize()
        scores, _ = network(mx.nd.zeros((1, 3, *image)))
        placed = make(anchors)(backbone.feature_maps(image), image)
        return scores.shape[1] == len(placed)
    except (mx.base.MXNetError, ValueError):
        return False


@pytest.mark.parametrize("name", sorted(zoo.detectors()))
def test_registered_detectors_are_refused_just_below_the_size_that_they_need(name):
    config = load_config(name)
    height, width = config.backbone.smallest_input()
    assert load_config(name, {"input_size": [height, width]}).input_size == (height, width)
    for size in ([height - 1, width], [height, width - 1]):
        if min(size):
            with pytest.raises(ConfigError, match=f"needs at least {height}x{width}"):
                load_config(name, {"input_size": size})
