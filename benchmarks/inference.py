"""From a JPEG file to boxes: exported detectors against GluonCV's own way, and against MXNet's for TinySSD.

Both sides have the same weights, which find as many candidates as trained ones do. GluonCV keeps the aspect
ratio of a picture, and so looks at a larger one; so that both look at as many pixels, the picture is square.
Every peer is a process of its own, and they take turns. GluonCV as shipped takes half of the cores, and does
not hybridize its network.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np

import zoo_core as zoo
from benchmarks.timing import print_times
from zoo_core.common.cores import usable_cores
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.data.readers.shapes import ShapesReader
from zoo_core.data.settings import SHAPES, ShapesSettings
from zoo_core.engines.bench.machine import machine
from zoo_core.engines.bench.peers import Peer
from zoo_core.engines.bench.stages import STAGES
from zoo_core.engines.bench.worker import Task
from zoo_core.engines.onnx.exported_network import exported_network
from zoo_core.engines.onnx.exporting import Export
from zoo_core.engines.onnx.quantization import Quantization

__all__ = ["main"]

_ROUNDS = 25
_GLUONCV = ("ssd_512_mobilenet1.0_voc", "ssd_300_vgg16_atrous_voc", "yolo3_mobilenet1.0_coco", "yolo3_darknet53_voc")
_TINYSSD = "tinyssd_512_voc"
_BACKGROUND = 6.0
"""What the background of an untrained TinySSD must be higher by, so that few of its 435,280 scores are candidates."""


def main() -> None:
    """Time networks of GluonCV, and TinySSD."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        picture = _picture(Path(folder) / "picture.jpg")
        for name in _GLUONCV:
            _against_gluoncv(name, Path(folder), picture)
        _against_multibox_detection(Path(folder), picture)


def _against_gluoncv(name: str, folder: Path, picture: Path) -> None:
    weights, exported = folder / f"{name}.params", folder / f"{name}.onnx"
    theirs = ("benchmarks.gluoncv_way", name, str(picture), str(weights))
    module, *arguments = theirs
    subprocess.run([sys.executable, "-m", module, "write", *arguments], check=True)  # noqa: S603 -- this Python
    small = _exported(zoo.load(weights), exported)
    cores = usable_cores()
    peers = {
        "zoo: ONNX Runtime": _zoo(exported, picture),
        "zoo: ONNX Runtime int8": _zoo(small, picture),
        "zoo: MXNet": _zoo(weights, picture),
    }
    for mode in ("plain", "hybrid"):
        for threads in (max(1, cores // 2), cores):
            called = "as shipped" if (mode, threads) == ("plain", max(1, cores // 2)) else f"{mode}, {threads} threads"
            limit = {"OMP_NUM_THREADS": str(threads)}
            peers[f"GluonCV: {called}"] = Peer(module, ["time", *arguments, mode], limit)
    _compare(name, peers)


def _against_multibox_detection(folder: Path, picture: Path) -> None:
    weights, exported = folder / f"{_TINYSSD}.params", folder / f"{_TINYSSD}.onnx"
    detector = zoo.build(_TINYSSD)
    for layer in detector.engine.network.class_predictors:
        bias = layer.bias.data()
        bias[:: len(detector.class_names) + 1] = _BACKGROUND
        layer.bias.set_data(bias)
    detector.engine.save(weights)
    small = _exported(detector, exported)
    peers = {
        "zoo: ONNX Runtime": _zoo(exported, picture),
        "zoo: ONNX Runtime int8": _zoo(small, picture),
        "zoo: MXNet": _zoo(weights, picture),
    }
    cores = usable_cores()
    for called, threads in (("as shipped", max(1, cores // 2)), (f"{cores} threads", cores)):
        limit = {"OMP_NUM_THREADS": str(threads)}
        peers[f"MultiBoxDetection: {called}"] = Peer("benchmarks.tinyssd_way", [str(weights), str(picture)], limit)
    _compare(_TINYSSD, peers)


def _exported(detector: zoo.Detector, file: Path) -> Path:
    """Write the detector in float32, and in int8 to the file whose path is given back.

    With weights that have learned nothing int8 has no accuracy to lose; its time is that of any weights.
    """
    network = exported_network(detector)
    Export(detector, network).write(file)
    small = file.with_name(f"int8_{file.name}")
    pictures = ShapesReader(ShapesSettings(train_images=16)).train(SHAPES)
    Export(detector, network, quantization=Quantization(pictures)).write(small)
    return small


def _zoo(source: Path, picture: Path) -> Peer:
    return Peer("zoo_core.engines.bench.worker", [Task(str(source), str(picture)).to_json()])


def _compare(name: str, peers: Mapping[str, Peer]) -> None:
    times = {peer: np.empty(_ROUNDS) for peer in peers}
    with ExitStack() as running:
        for peer in peers.values():
            running.enter_context(peer)
        for turn in range(_ROUNDS):
            for title, peer in peers.items():
                times[title][turn] = peer.ask("latency")
        stages = next(iter(peers.values())).ask("stages")
    print_times(f"{name}, a picture from the file to boxes", times)
    print("  of ours: " + ", ".join(f"{stage} {stages[stage]:.1f} ms" for stage in STAGES))


def _picture(path: Path) -> Path:
    coarse = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    write_image(np.asarray(cv2.resize(coarse, (640, 640), interpolation=cv2.INTER_CUBIC), dtype=np.uint8), path)
    return path
