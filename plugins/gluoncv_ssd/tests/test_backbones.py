"""What the settings of the backbones promise is what GluonCV's networks do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from zoo_core.plugin_api import ImageSize, import_quietly, make, mx
from zoo_gluoncv_ssd.backbone_settings import ResNet34V1bSettings, Vgg16AtrousSettings
from zoo_gluoncv_ssd.expanded_settings import (
    EXPANDED,
    ExpanderSettings,
    MobileNetLiteSettings,
    MobileNetQuarterSettings,
    MobileNetSettings,
    ResNet18V1Settings,
)

VGG_300 = Vgg16AtrousSettings(variant=300)
VGG_512 = Vgg16AtrousSettings(variant=512)
MOBILENET = MobileNetSettings()
QUARTER = MobileNetQuarterSettings()
RESNET34 = ResNet34V1bSettings()
ALL = [VGG_300, VGG_512, RESNET34, *(settings() for settings in EXPANDED)]
RUN = [
    *(pytest.param(each, marks=pytest.mark.slow) for each in (VGG_300, VGG_512, RESNET34, MOBILENET)),
    MobileNetLiteSettings(),
    QUARTER,
    ResNet18V1Settings(),
]
"""Of each way of making a network one; the others differ in depth alone. The first need an input of 257x257."""
GLUONCV_NAMES = {
    VGG_300: "ssd_300_vgg16_atrous_voc",
    VGG_512: "ssd_512_vgg16_atrous_voc",
    MOBILENET: "ssd_512_mobilenet1.0_voc",
}


def called(chosen):
    return chosen.name + str(getattr(chosen, "variant", ""))


@pytest.fixture(scope="module")
def symbols():
    """The outputs of the network of some settings as symbols, for which no weights are made."""
    made = {}

    def of(chosen):
        if chosen not in made:
            made[chosen] = mx.sym.Group(make(chosen)(mx.sym.var("data")))
        return made[chosen]

    return of


@pytest.fixture(scope="module")
def network():
    """The network of some settings, initialised once: to draw VGG's weights takes seconds."""
    made = {}

    def of(chosen):
        if chosen not in made:
            made[chosen] = make(chosen)
            made[chosen].initialize()
        return made[chosen]

    return of


def shapes_in_mxnet(symbol, height, width):
    _, shapes, _ = symbol.infer_shape(data=(1, 3, height, width))
    return shapes


def promised(chosen, height, width):
    return [(1, each.channels, each.height, each.width) for each in chosen.feature_maps(ImageSize(height, width))]


@pytest.mark.parametrize(
    ("chosen", "side", "sides"),
    [
        (VGG_300, 300, [38, 19, 10, 5, 3, 1]),
        (VGG_300, 512, [64, 32, 16, 8, 6, 4]),
        (VGG_512, 512, [64, 32, 16, 8, 4, 2, 1]),
        (VGG_512, 300, [38, 19, 10, 5, 3, 2, 1]),
        (MOBILENET, 512, [32, 16, 8, 4, 2, 1]),
        (MOBILENET, 300, [19, 10, 5, 3, 2, 1]),
        (MOBILENET, 256, [16, 8, 4, 2, 1, 1]),
        (RESNET34, 300, [38, 19, 10, 5, 3, 1]),
    ],
)
def test_maps_of_the_usual_sizes(chosen, side, sides):
    assert [(each.height, each.width) for each in chosen.feature_maps(ImageSize(side, side))] == [
        (each, each) for each in sides
    ]


@pytest.mark.parametrize(
    ("chosen", "strides"),
    [
        (VGG_300, [8, 16, 32, 64, 64, 64]),
        (VGG_512, [8, 16, 32, 64, 128, 256, 256]),
        (MOBILENET, [16, 32, 64, 128, 256, 512]),
        (RESNET34, [8, 16, 32, 64, 128, 256]),
    ],
)
def test_strides_are_products_of_strides(chosen, strides):
    assert [each.stride for each in chosen.feature_maps(ImageSize(600, 700))] == strides


@pytest.mark.parametrize("chosen", ALL, ids=called)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_maps_are_those_of_the_network_at_every_size(symbols, chosen, data):
    smallest = chosen.smallest_input()
    height = data.draw(st.integers(smallest.height, 800))
    width = data.draw(st.integers(smallest.width, 800))
    assert promised(chosen, height, width) == shapes_in_mxnet(symbols(chosen), height, width)


@pytest.mark.parametrize("chosen", RUN, ids=called)
def test_the_smallest_input_runs(network, chosen):
    smallest = chosen.smallest_input()
    outputs = network(chosen)(mx.nd.random.normal(shape=(1, 3, *smallest)))
    assert [each.shape for each in outputs] == promised(chosen, *smallest)
    assert all(np.isfinite(each.asnumpy()).all() for each in outputs)


@pytest.mark.parametrize("chosen", [VGG_300, VGG_512])
@pytest.mark.parametrize(("fewer_rows", "fewer_columns"), [(1, 0), (0, 1)])
def test_one_pixel_less_does_not_run(network, chosen, fewer_rows, fewer_columns):
    """MXNet's shape inference refuses it already; MobileNet runs from a single pixel on."""
    smallest = chosen.smallest_input()
    assert smallest == ImageSize(257, 257)
    size = (smallest.height - fewer_rows, smallest.width - fewer_columns)
    # A block that has not run yet makes a ValueError of it.
    with pytest.raises((mx.base.MXNetError, ValueError), match="kernel size exceed input"):
        network(chosen)(mx.nd.zeros((1, 3, *size)))[-1].wait_to_read()


@pytest.mark.parametrize("chosen", ALL, ids=called)
@pytest.mark.parametrize(("fewer_rows", "fewer_columns"), [(1, 0), (0, 1)])
def test_one_pixel_less_than_the_smallest_has_no_shape(symbols, chosen, fewer_rows, fewer_columns):
    smallest = chosen.smallest_input()
    if smallest == ImageSize(1, 1):
        return  # as all but VGG and ResNet-34: their windows reach over the border
    with pytest.raises(mx.base.MXNetError, match="kernel size exceed input"):
        shapes_in_mxnet(symbols(chosen), smallest.height - fewer_rows, smallest.width - fewer_columns)


@pytest.mark.parametrize(("chosen", "side"), [(MOBILENET, 1), (ResNet18V1Settings(), 1), (RESNET34, 257)], ids=str)
def test_how_small_an_input_may_be(chosen, side):
    assert chosen.smallest_input() == ImageSize(side, side)


def test_expander_is_the_preset_when_it_is_set_so(symbols):
    chosen = ExpanderSettings(network="mobilenet1.0", outputs=["relu22_fwd", "relu26_fwd"])
    assert chosen.feature_maps(ImageSize(300, 300)) == MOBILENET.feature_maps(ImageSize(300, 300))
    presets = [each.removeprefix("expandedbackbone") for each in symbols(MOBILENET).list_arguments()]
    assert [each.partition("_")[2] for each in symbols(chosen).list_arguments()] == [
        each.partition("_")[2] for each in presets
    ]


@pytest.mark.parametrize(
    ("given_settings", "message"),
    [
        ({"network": "resnet51_v1"}, "'resnet51_v1' are not known; did you mean 'resnet50_v1'"),
        ({"outputs": ["stage3_activaton5"]}, "no activation 'stage3_activaton5'; did you mean 'stage3_activation5'"),
        ({"outputs": ["layer4"]}, r"the last of each size: .*stage4_activation2 \(stride 32\)"),
        ({"outputs": ["stage4_activation2", "stage3_activation5"]}, "name the finest map first"),
        ({"outputs": []}, "at least 1 item"),
        ({"extra_channels": [0]}, "should be greater than or equal to 1"),
    ],
)
def test_what_an_expander_does_not_know_is_told(given_settings, message):
    with pytest.raises(ValidationError, match=message):
        ExpanderSettings(**given_settings)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [MOBILENET, VGG_300, VGG_512], ids=called)
def test_outputs_are_those_of_gluoncv_with_the_same_weights(gluoncv, network, chosen, tmp_path):
    """Weights go over by name, so GluonCV's map one to one; at an odd size, to be quick."""
    ours, theirs = network(chosen), gluoncv.model(GLUONCV_NAMES[chosen])
    images = mx.nd.random.normal(shape=(1, 3, 271, 300))
    outputs = ours(images)
    ours.save_parameters(str(tmp_path / "weights"))
    theirs.load_parameters(str(tmp_path / "weights"), allow_missing=True)  # of the predictors
    for mine, reference in zip(outputs, theirs.features(images), strict=True):
        np.testing.assert_array_equal(mine.asnumpy(), reference.asnumpy())


@pytest.mark.slow
def test_hybridized_outputs_are_the_same(network):
    chosen = network(QUARTER)
    images = mx.nd.random.normal(shape=(2, 3, 65, 97))
    before = [each.asnumpy() for each in chosen(images)]
    chosen.hybridize()
    for mine, reference in zip(chosen(images), before, strict=True):
        np.testing.assert_allclose(mine.asnumpy(), reference, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("initializer", [None, mx.init.Xavier()], ids=["default", "xavier"])
def test_a_new_network_is_healthy_whatever_the_initializer(initializer):
    network = make(QUARTER)
    network.initialize(*([initializer] if initializer else []))
    outputs = network(mx.nd.random.normal(shape=(1, 3, 128, 128)))
    for name, parameter in network.collect_params().items():
        values = parameter.data().asnumpy()
        if name.endswith(("gamma", "var")):
            assert (values == 1).all(), name
        elif name.endswith(("beta", "mean", "bias")):
            assert (values == 0).all(), name
        else:
            assert 0 < values.std() < 1, name
    assert all(0.01 < each.abs().max().asscalar() < 100 for each in outputs)


@pytest.mark.parametrize("chosen", [VGG_300, pytest.param(VGG_512, marks=pytest.mark.slow)], ids=called)
def test_a_new_vgg_keeps_the_scale_of_its_input(network, chosen):
    """GluonCV's is 57 times too loud for training from scratch: its loss is NaN after five steps."""
    outputs = network(chosen)(mx.nd.random.normal(shape=(1, 3, 257, 257)))
    assert all(0.1 < each.abs().max().asscalar() < 10 for each in outputs)


@pytest.mark.slow
def test_gluoncv_starts_with_negative_variances_and_refuses_xavier(gluoncv):
    """The fault that the test above holds ours free of."""
    theirs = gluoncv.model("ssd_512_mobilenet1.0_voc").features
    theirs.initialize()
    theirs(mx.nd.zeros((1, 3, 64, 64)))
    (variance,) = theirs.collect_params(".*expand_bn0_moving_var").values()
    assert variance.data().min().asscalar() < 0
    other = gluoncv.model("ssd_512_mobilenet1.0_voc").features
    other.initialize(mx.init.Xavier())
    with pytest.raises(ValueError, match="Xavier initializer cannot be applied to vector"):
        other(mx.nd.zeros((1, 3, 64, 64)))


def test_gradients_reach_the_first_layer():
    chosen = make(QUARTER)
    chosen.initialize()
    with mx.autograd.record():
        total = sum(each.sum() for each in chosen(mx.nd.random.normal(shape=(2, 3, 96, 96))))
    total.backward()
    first = next(iter(chosen.collect_params(".*conv0_weight").values()))
    assert first.grad().abs().sum().asscalar() > 0


def test_gluoncv_is_found_although_another_of_its_modules_hides_it():
    """`gluoncv.model_zoo.ssd` is the SMOT tracker's; ours must come from the package of that name."""
    package = import_quietly("gluoncv")
    assert not hasattr(package.model_zoo.ssd, "vgg_atrous")
    assert import_quietly("gluoncv.model_zoo.ssd.vgg_atrous").extra_spec.keys() == {300, 512}


def test_another_variant_is_refused():
    with pytest.raises(ValidationError, match="300 or 512"):
        Vgg16AtrousSettings(variant=400)
