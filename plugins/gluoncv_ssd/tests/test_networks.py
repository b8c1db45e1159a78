"""The table of networks is what GluonCV's graphs say, and what follows from it is what MXNet infers."""

import importlib
import re
from pathlib import Path

import pytest

from zoo_core.plugin_api import ImageSize, make, mx
from zoo_gluoncv_ssd.expanded_settings import ExpanderSettings
from zoo_gluoncv_ssd.networks import networks

FAMILIES = {re.split(r"[_\d.]", name)[0]: name for name in sorted(networks(), reverse=True)}
QUICK = sorted(FAMILIES.values())[::2]
"""Of every second family one."""
SLOW = pytest.mark.slow


@pytest.mark.parametrize("network", [pytest.param(name, marks=[] if name in QUICK else SLOW) for name in networks()])
def test_shapes_and_smallest_inputs_are_those_of_mxnet(network):
    first_of_each_size = {}
    for name, output in networks()[network].items():
        first_of_each_size.setdefault(output.windows, name)
    finest, *_, coarsest = sorted(first_of_each_size, key=len)
    outputs = [first_of_each_size[finest], first_of_each_size[coarsest]]
    chosen = ExpanderSettings(network=network, outputs=outputs, extra_channels=[64])
    symbol = mx.sym.Group(make(chosen)(mx.sym.var("data")))
    smallest = chosen.smallest_input().height
    for side in {smallest, smallest + 1, 224, 299, 321, 512}:
        image = ImageSize(max(smallest, side), max(smallest, 300))
        _, shapes, _ = symbol.infer_shape(data=(1, 3, *image))
        assert shapes == [(1, each.channels, each.height, each.width) for each in chosen.feature_maps(image)]
    if smallest > 1:
        with pytest.raises(mx.base.MXNetError):
            symbol.infer_shape(data=(1, 3, smallest - 1, 300))


@pytest.mark.parametrize("network", ["mobilenet0.25", "resnet18_v1", "squeezenet1.1"])
def test_the_table_is_what_its_script_makes(network, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    rows = importlib.import_module("generate_networks").outputs_of(network)
    made = {name: (row["channels"], row["windows"]) for row in rows for name in row["outputs"]}
    assert made == networks()[network]
