"""GluonCV's own way from a JPEG file to numbers, for its SSD and YOLO3: load_test, net(x), numpy.

``python -m benchmarks.gluoncv_way write NAME PICTURE FILE`` writes weights that both sides load;
``time NAME PICTURE FILE plain|hybrid`` is a peer that is timed when it is asked.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.gluoncv_weights import initialise
from zoo_core.engines.bench.peers import milliseconds, serve
from zoo_core.engines.gluon.compatibility import import_quietly

_YOLO_SIDE = 416


def main(task: str, name: str, picture: str, file: str, mode: str = "") -> None:
    """Write weights, or wait to be timed."""
    network = _new_network(name)
    if task == "write":
        initialise(network, _loaded(picture, name))
        network.save_parameters(file)
        return
    network.load_parameters(file)
    if mode == "hybrid":
        network.hybridize(static_alloc=True, static_shape=True)

    def way() -> list[NDArray[np.float32]]:
        return [each.asnumpy() for each in network(_loaded(picture, name))]

    way()
    way()
    serve({"latency": lambda: milliseconds(way)})


def _new_network(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_quietly("gluoncv").model_zoo.get_model(name, pretrained=False, pretrained_base=False)


def _loaded(picture: str, name: str) -> Any:
    family, size = ("yolo", _YOLO_SIDE) if name.startswith("yolo3") else ("ssd", int(name.split("_")[1]))
    return import_quietly(f"gluoncv.data.transforms.presets.{family}").load_test(picture, short=size)[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
