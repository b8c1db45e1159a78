"""Parameters and operations: against counting by hand, and both engines against each other."""

from importlib.util import find_spec

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.engines.gluon.costs import costs
from zoo_core.engines.onnx.execution import Execution
from zoo_core.engines.onnx.profiling import costs as costs_of_file
from zoo_core.engines.onnx.profiling import profile

VGG16_AT_300 = [
    # (output side, channels in, channels out, kernel) of VGG-16's convolutions; its third pooling rounds up
    *[(300, 3, 64, 3), (300, 64, 64, 3)],
    *[(150, 64, 128, 3), (150, 128, 128, 3)],
    *[(75, 128, 256, 3), (75, 256, 256, 3), (75, 256, 256, 3)],
    *[(38, 256, 512, 3), (38, 512, 512, 3), (38, 512, 512, 3)],
    *[(19, 512, 512, 3), (19, 512, 512, 3), (19, 512, 512, 3)],
    # the dense layers as convolutions, the first of them dilated
    *[(19, 512, 1024, 3), (19, 1024, 1024, 1)],
    # SSD's extra layers
    *[(19, 1024, 256, 1), (10, 256, 512, 3), (10, 512, 128, 1), (5, 128, 256, 3)],
    *[(5, 256, 128, 1), (3, 128, 256, 3), (3, 256, 128, 1), (1, 128, 256, 3)],
    # predictors of 20 classes, the background, and four offsets, for each anchor
    *[(38, 512, 4 * 25, 3), (19, 1024, 6 * 25, 3), (10, 512, 6 * 25, 3)],
    *[(5, 256, 6 * 25, 3), (3, 256, 4 * 25, 3), (1, 256, 4 * 25, 3)],
]


def test_vgg16_costs_what_counting_by_hand_says():
    parameters, operations = costs(zoo.load_config("ssd_300_vgg16_atrous_voc"))
    layers = [side**2 * before * after * kernel**2 for side, before, after, kernel in VGG16_AT_300]
    assert operations == sum(layers)
    weights = sum(before * after * kernel**2 + after for _, before, after, kernel in VGG16_AT_300)
    assert parameters == weights + 512 + 3  # the scales of the normalised map, and of the colours


@pytest.fixture(scope="module")
def exported(tiny_table, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "tiny.onnx"
    zoo.export(zoo.build(tiny_table), path)
    return path


@pytest.mark.slow
def test_pytorch_counts_the_same():
    torch_costs = pytest.importorskip("zoo_core.engines.torch.costs", exc_type=ModuleNotFoundError).costs
    detector = zoo.build("ssd_300_mobilenet0.25_voc", {"engine": "torch"})
    assert torch_costs(detector.engine, detector.config.input_size) == costs(detector.config)


def test_both_engines_count_the_same_operations(tiny_table, exported):
    parameters, operations = costs(zoo.load_config(tiny_table))
    weights, multiply_adds = costs_of_file(exported, np.zeros((40, 50, 3), np.uint8))
    assert multiply_adds == operations
    assert 0.8 * parameters < weights < parameters  # batch norm is folded into its convolution


def test_transposed_convolutions_count():
    """CenterNet's neck at 64x96: of 2x3 cells, three times doubled, one convolution and one transposed at each step."""
    config = zoo.load_config("center_net_resnet18_v1b_custom", {"input_size": "64x96"})
    with_one_less = zoo.load_config(config.model_dump(mode="json"), {"neck.channels": [256, 128]})
    last = 8 * 12 * 128 * 64 * 9 + 8 * 12 * 64 * 64 * 16
    head = 16 * 24 * 3 * 9 * 64 * 64 - 8 * 12 * 3 * 9 * 128 * 64  # its first convolutions, on other maps
    others = 5 * 64 * (16 * 24 - 8 * 12)
    assert costs(config)[1] - costs(with_one_less)[1] == last + head + others


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_a_profile_has_every_operator_of_every_round(exported, engine):
    if find_spec(engine) is None:
        pytest.skip("is not installed")
    runs = profile(exported, np.zeros((1, 40, 50, 3), np.uint8), 3, Execution.of(engine))
    assert len(runs) == 3
    first, *_, last = ([each.name for each in run if each.kind in ("Conv", "Convolution")] for run in runs)
    assert first == last
    assert len(first) > 10
    kinds = {each.kind for each in runs[0] if each.of_network}
    assert not kinds & {"Resize", "Interpolate", "NonMaxSuppression", "TopK"}
