"""The pyramid and the towers: what they compute, and what they refuse."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.plugin_api import FeatureMap, Outputs, Scoring, make, mx
from zoo_dense.fpn_settings import FpnSettings
from zoo_dense.group_norm import GroupNorm
from zoo_dense.towers_settings import TowersSettings

ODD = (FeatureMap(3, 7, 10, 8), FeatureMap(4, 4, 5, 16), FeatureMap(5, 2, 3, 32))


def arrays_on(maps, seed=0):
    random = np.random.default_rng(seed)
    return [mx.nd.array(random.normal(size=(1, *map_[:3]))) for map_ in maps]


def started(block):
    mx.random.seed(0)
    block.initialize()
    return block


@pytest.mark.parametrize("source", ["backbone", "neck"])
def test_the_pyramid_is_that_of_the_papers(source):
    """Each of its layers applied by hand."""
    neck, maps = started(make(FpnSettings(channels=6, extra_from=source), ODD)), arrays_on(ODD)
    sums = [layer(map_).asnumpy() for layer, map_ in zip(neck.lateral, maps, strict=True)]
    for index in (1, 0):
        height, width = sums[index].shape[2:]
        sums[index] = sums[index] + sums[index + 1].repeat(2, axis=2).repeat(2, axis=3)[:, :, :height, :width]
    expected = [layer(mx.nd.array(each)) for layer, each in zip(neck.output, sums, strict=True)]
    expected.append(neck.extra[0](maps[-1] if source == "backbone" else expected[-1]))
    expected.append(neck.extra[1](mx.nd.relu(expected[-1])))
    for mine, theirs in zip(neck(maps), expected, strict=True):
        np.testing.assert_allclose(mine.asnumpy(), theirs.asnumpy(), atol=1e-4)


def test_a_pyramid_of_maps_that_do_not_halve_is_refused():
    maps = (FeatureMap(4, 5, 5, 8), FeatureMap(4, 1, 1, 16))
    assert FpnSettings().incompatibility(maps) == (
        "each map should have half as many rows and columns as the one before (rounded up), and 1x1 follows 5x5"
    )
    with pytest.raises(mx.base.MXNetError):
        [each.wait_to_read() for each in started(make(FpnSettings(channels=4), maps))(arrays_on(maps))]


def outputs(scoring, classes=3, anchors=(2, 2, 2)):
    return Outputs(FpnSettings(channels=8, extra_maps=0).feature_maps(ODD), anchors, classes, scoring)


@pytest.mark.parametrize("scoring", [Scoring.SIGMOID, Scoring.OBJECTNESS])
def test_every_class_begins_with_its_prior(scoring):
    wanted = outputs(scoring)
    head = started(make(TowersSettings(depth=1, channels=8, prior=0.02), wanted))
    scores, numbers = (each.asnumpy() for each in head(arrays_on(wanted.feature_maps)))
    assert scores.shape[2] == wanted.scores
    of_classes = 1 / (1 + np.exp(-scores[..., scoring.before_classes :]))
    np.testing.assert_allclose(of_classes.mean(), 0.02, rtol=0.05)
    np.testing.assert_allclose(numbers, 0, atol=0.5)


def test_equal_maps_are_predicted_equally():
    """One set of weights for all maps, but for the factors."""
    wanted = Outputs((FeatureMap(8, 3, 4, 8),) * 2, (1, 1), 2, Scoring.OBJECTNESS)
    head = started(make(TowersSettings(depth=2, channels=8, norm="group", groups=2, scales=True), wanted))
    head.scale.factors.set_data(mx.nd.array([1, 3]).reshape((2, 1, 1, 1)))
    (map_,) = arrays_on(wanted.feature_maps[:1])
    scores, numbers = (each.asnumpy()[0] for each in head([map_, map_]))
    np.testing.assert_array_equal(scores[:12], scores[12:])
    np.testing.assert_allclose(3 * numbers[:12], numbers[12:], rtol=1e-6)


def test_group_norm_is_gluons_but_for_a_scale_of_every_channel():
    (map_,) = arrays_on([FeatureMap(12, 5, 7, 8)])
    ours, theirs = started(GroupNorm(12, 4)), started(mx.gluon.nn.GroupNorm(4))
    expected = theirs(map_).asnumpy()
    np.testing.assert_allclose(ours(map_).asnumpy(), expected, atol=1e-5)
    gamma, beta = np.random.default_rng(3).normal(size=(2, 1, 12, 1, 1))
    ours.gamma.set_data(mx.nd.array(gamma))
    ours.beta.set_data(mx.nd.array(beta))
    np.testing.assert_allclose(ours(map_).asnumpy(), expected * gamma + beta, atol=1e-5)


def test_towers_refuse_maps_that_cannot_share_weights():
    head = TowersSettings()
    assert head.incompatibility(ODD, (2, 2, 2)) == (
        "needs feature maps of equal channels, as neck 'fpn' makes them, not of 3, 4, 5"
    )
    assert head.incompatibility(outputs(Scoring.SIGMOID).feature_maps, (2, 2, 3)) == (
        "needs as many anchors in a cell of each map"
    )
    with pytest.raises(ValueError, match="8 channels cannot be parted into 3 equal groups"):
        TowersSettings(channels=8, norm="group", groups=3)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"input_size": "300", "backbone": "vgg16_atrous"}, "neck: 'fpn' cannot work .* and 1x1 follows 3x3"),
        ({"neck": None}, "anchors: 'retinanet' is set for 5 feature maps, but .* gives 3"),
        ({"neck": {"name": "fpn", "extra_maps": 1}}, "gives 4 at 512x512"),
        ({"neck": None, "anchors.sizes": [32, 64, 128]}, "head: 'towers' .* needs feature maps of equal channels"),
        ({"loss": "fcos"}, "loss: 'fcos' needs boxes that are coded as 'sides'"),
        ({"loss": "ssd_multibox"}, "loss: 'ssd_multibox' needs scores for a softmax with a background"),
        ({"targets.ignore_iou": 0.6}, "ignore_iou should be at most iou, which is 0.5; given 0.6"),
    ],
)
def test_what_does_not_go_together_is_told(overrides, message):
    with pytest.raises(zoo.ConfigError, match=message):
        zoo.load_config("retinanet_512_resnet18_v1_custom", overrides)
