# ruff: noqa: INP001 -- a script, and no part of a package
"""Writes src/zoo_gluoncv_ssd/networks.json: the outputs of GluonCV's classification networks.

python plugins/gluoncv_ssd/generate_networks.py

The graph of every network is walked once, and of each activation it is kept which sliding windows lie
between it and the image, and how many channels it has. So the light half of a backbone knows exact shapes
without MXNet. Networks are left out in which a map is resized by anything but windows.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

from zoo_core.plugin_api import import_quietly, mx
from zoo_gluoncv_ssd.shapes import Window

TABLE = Path(__file__).parent / "src" / "zoo_gluoncv_ssd" / "networks.json"

_CLASSIFIERS = re.compile(
    r"(resnet(18|34|50|101|152)_v[12]|resnet\d+_v1[bcdes]|se_resnet\d+_v[12]|(se_)?resnext\d+e?_\d+x\d+d|senet_154e?"
    r"|resnest(14|26|50|101)|vgg\d+(_bn)?|alexnet|densenet\d+|squeezenet1\.\d|googlenet|inceptionv3"
    r"|mobilenet[\d.]+|mobilenetv2_[\d.]+|mobilenetv3_(large|small)|darknet53)"
)
_ACTIVATIONS = {"Activation", "LeakyReLU", "clip"}
_UNKNOWN: Any = object()
"""The way to a map that is not described by windows."""

_Way = tuple[Window, ...]


def main() -> None:
    """Write the table, a network after the other."""
    zoo = import_quietly("gluoncv").model_zoo.model_zoo
    table = {name: outputs for name in sorted(zoo._models) if (outputs := outputs_of(name))}  # noqa: SLF001
    lines = [f"{json.dumps(name)}: [\n{_rows(resolutions)}\n]" for name, resolutions in table.items()]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _rows(resolutions: list[dict[str, Any]]) -> str:
    return ",\n".join(json.dumps(each) for each in resolutions)


def outputs_of(name: str) -> list[dict[str, Any]]:
    """Rows of a network, each for one way from the image and one number of channels; empty for no classifier."""
    if not _CLASSIFIERS.fullmatch(name):
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = import_quietly("gluoncv").model_zoo.get_model(name, pretrained=False)
        symbol = network(mx.sym.var("data"))
    if not network.prefix:  # then its layers are counted over all networks of a process, and have no fixed names
        return []
    nodes = json.loads(symbol.tojson())["nodes"]
    uses = Counter(node["name"] for node in nodes)
    ways = {
        node["name"]: way
        for node, way in _ways(nodes)
        if node["op"] in _ACTIVATIONS and way and node["name"].startswith(network.prefix) and uses[node["name"]] == 1
    }
    rows: dict[tuple[_Way, int], list[str]] = defaultdict(list)
    for output, channels in _channels(symbol, list(ways)).items():
        rows[ways[output], channels].append(output.removeprefix(network.prefix))
    return [{"windows": way, "channels": number, "outputs": names} for (way, number), names in rows.items()]


def _channels(symbol: Any, outputs: list[str]) -> dict[str, int]:
    internals = symbol.get_internals()
    # What follows the last of them may fit another size of images only.
    _, shapes, _ = mx.sym.Group([internals[f"{each}_output"] for each in outputs]).infer_shape(data=(1, 3, 512, 512))
    return {output: shape[1] for output, shape in zip(outputs, shapes, strict=True) if len(shape) == 4}


def _ways(nodes: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], _Way | None]]:
    """Each node with the windows between the image and it; None where there is no map (weights, pooled vectors)."""
    ways: list[Any] = []
    for node in nodes:
        before = [ways[source] for source, *_ in node["inputs"] if ways[source] is not None]
        ways.append(_way(node, before))
        yield node, None if ways[-1] is _UNKNOWN else ways[-1]


def _way(node: dict[str, Any], before: list[Any]) -> Any:
    settings = node.get("attrs", {})
    if node["op"] == "null":
        return () if node["name"] == "data" else None
    if not before or settings.get("global_pool") == "True" or node["op"] in ("Flatten", "FullyConnected"):
        return None
    if _UNKNOWN in before or node["op"] in ("Crop", "slice_like", "UpSampling", "Deconvolution", "slice", "reshape"):
        return _UNKNOWN
    # Ways that meet lead to the same size; the one that demands the largest image speaks for all.
    longest = max(before, key=lambda way: (_smallest(way), len(way)))
    if node["op"] not in ("Convolution", "Pooling"):
        return longest
    window = _window(settings)
    if window is None:
        return _UNKNOWN
    keeps_size = window.stride == 1 and window.kernel == 1 + 2 * window.padding
    return longest if keeps_size else (*longest, window)


def _window(settings: dict[str, str]) -> Window | None:
    """The window along a side; None when it differs along the two."""
    kernel, stride, padding, dilation = (
        ast.literal_eval(settings.get(key) or "()") or default
        for key, default in (("kernel", None), ("stride", (1, 1)), ("pad", (0, 0)), ("dilate", (1, 1)))
    )
    covered = [1 + (cells - 1) * spread for cells, spread in zip(kernel, dilation, strict=True)]
    sides = {
        # A side along which nothing changes is like every other such side.
        (1, 1, 0) if each[1] == 1 and each[0] == 1 + 2 * each[2] else each
        for each in zip(covered, stride, padding, strict=True)
    }
    round_up = settings.get("pooling_convention") == "full"
    return Window(*sides.pop(), round_up=round_up) if len(sides) == 1 else None


def _smallest(way: _Way) -> int:
    return reduce(lambda side, window: window.smallest_side(side), reversed(way), 1)


if __name__ == "__main__":
    main()
