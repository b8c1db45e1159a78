"""TinySSD as MXNet's users run it: the hybridized network, and MultiBoxDetection.

``python -m benchmarks.tinyssd_way WEIGHTS PICTURE`` is a peer that is timed when it is asked: from the JPEG file, with
OpenCV's decoding and resizing as in the zoo, to the array of detections.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import zoo_core as zoo
from zoo_core.data.pipeline.images import read_image
from zoo_core.data.pipeline.transforms import network_input
from zoo_core.engines.bench.peers import milliseconds, serve
from zoo_core.engines.gluon import mx


def main(weights: str, picture: str) -> None:
    """Load, and wait to be timed."""
    detector = zoo.load(weights)
    config, nms = detector.config, detector.config.nms
    network = detector.engine.network
    anchors = mx.nd.array(detector.anchors.to(zoo.BoxFormat.CORNER_UNIT).boxes[None])

    def way() -> NDArray[np.float32]:
        pixels = network_input(read_image(Path(picture)), config.input_size, config.normalization)
        scores, offsets = network(mx.nd.array(pixels[None]))
        found: NDArray[np.float32] = mx.nd.contrib.MultiBoxDetection(
            mx.nd.softmax(scores, axis=-1).transpose((0, 2, 1)),
            offsets.flatten(),
            anchors,
            threshold=nms.score,
            nms_threshold=nms.iou,
            nms_topk=nms.top_k,
        ).asnumpy()
        return found

    way()
    way()
    serve({"latency": lambda: milliseconds(way)})


if __name__ == "__main__":
    main(*sys.argv[1:])
