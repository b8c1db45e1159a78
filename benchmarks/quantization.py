"""int8 by ONNX Runtime and by NNCF, each on ONNX Runtime and on OpenVINO: what it saves, and what it scores.

``python -m benchmarks.quantization RUN``, with ``pip install nncf`` beforehand: the zoo does not depend on it, and
docs/decisions/0014-int8.md says why. Time is that of the processor with one thread, so that other work on the machine
counts for little.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx

import zoo_core as zoo
from zoo_core.boxes.protocols import Dataset
from zoo_core.engines.bench.machine import machine
from zoo_core.engines.onnx.assembling import NETWORK
from zoo_core.engines.onnx.exported_network import exported_network
from zoo_core.engines.onnx.exporting import Export
from zoo_core.engines.onnx.quantization import Quantization

_ROUNDS = 40
_CALIBRATION = 100


def main(run: str) -> None:
    """Measure the detector of a run, on the validation images of its data set."""
    detector = zoo.load(run)
    train, validation = zoo.dataset(detector.config, "train"), zoo.dataset(detector.config)
    print(f"{detector.config.summary}; {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        plain, small, by_nncf = (Path(folder, f"{name}.onnx") for name in ("float32", "onnxruntime", "nncf"))
        network = exported_network(detector)
        Export(detector, network).write(plain)
        Export(detector, network, quantization=Quantization(train)).write(small)
        _quantized_by_nncf(plain, by_nncf, train)
        files = {"float32": plain, "int8 by ONNX Runtime": small, "int8 by NNCF": by_nncf}
        _compare(
            {
                f"{name}, run by {engine}": zoo.load(file, engine=engine, threads=1)
                for name, file in files.items()
                for engine in ("onnxruntime", "openvino")
            },
            validation,
        )


def _quantized_by_nncf(plain: Path, small: Path, train: Dataset) -> None:
    import nncf

    exported = zoo.load(plain)
    pictures = [
        exported.as_taken(train[int(index)].image) for index in np.linspace(0, len(train) - 1, _CALIBRATION).astype(int)
    ]
    around = nncf.IgnoredScope(patterns=[f"^(?!{NETWORK}).*"], validate=False)
    data = nncf.Dataset(pictures, lambda picture: {"images": picture[None]})
    model = nncf.quantize(onnx.load(plain), data, subset_size=_CALIBRATION, ignored_scope=around)
    onnx.save(model, small)


def _compare(detectors: Mapping[str, zoo.ExportedDetector], validation: Dataset) -> None:
    picture = validation[0].image
    times = {name: [] for name in detectors}
    for _ in range(_ROUNDS):
        for name, detector in detectors.items():
            began = time.process_time()
            list(detector.find([picture]))
            times[name].append(1000 * (time.process_time() - began))
    for name, detector in detectors.items():
        score = 100 * zoo.evaluate(detector, validation).map_voc10
        print(f"  {name:40} {min(times[name]):7.2f} ms {score:6.2f} mAP")


if __name__ == "__main__":
    main(*sys.argv[1:])
