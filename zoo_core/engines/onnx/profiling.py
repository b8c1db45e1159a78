"""What an engine says of its own work: each operator with its time, and the shapes that went through it."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from zoo_core.common.cores import usable_cores
from zoo_core.engines.onnx.execution import Execution
from zoo_core.engines.onnx.session import open_session, run_session

__all__ = ["OperatorRun", "costs", "profile"]

_NETWORK = "network/"
_MULTIPLYING = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


class OperatorRun(NamedTuple):
    """One operator, run once.

    Attributes:
        name: name of the operator.
        kind: as ONNX or the engine names it.
        milliseconds: how long it took.
        inputs: the shapes of what went in; empty where the engine does not say them.
        outputs: the shapes of what came out.
    """

    name: str
    kind: str
    milliseconds: float
    inputs: list[list[int]]
    outputs: list[list[int]]

    @property
    def of_network(self) -> bool:
        """Whether it is part of the network, and not of what stands before and after it.

        Where an engine puts tensors into another order, or quantises them, it does so for the network.
        """
        if self.kind == "Reorder":  # OpenVINO's, which it names after what is on both sides
            return _NETWORK in self.name
        return self.name.startswith(_NETWORK) or self.kind.startswith("Reorder") or "Quantize" in self.kind


def profile(path: Path, images: NDArray[Any], rounds: int, execution: Execution) -> list[list[OperatorRun]]:
    """The operators of each round, in the order in which they ran.

    Args:
        path: path of an exported file.
        images: (B, H, W, 3) RGB as the file takes them.
        rounds: how often it is run.
        execution: how it is run; with ONNX Runtime on the processor.
    """
    if execution.engine == "openvino":
        return _by_openvino(path, images, rounds, execution)
    return _by_onnxruntime(path, images, rounds, execution.threads or usable_cores())


def _by_openvino(path: Path, images: NDArray[Any], rounds: int, execution: Execution) -> list[list[OperatorRun]]:
    from zoo_core.engines.onnx.runtimes.on_openvino import OpenVinoFile

    file = OpenVinoFile(path, execution, profiling=True)
    runs = []
    for _ in range(rounds):
        file.run(images)
        runs.append(
            [
                OperatorRun(each.node_name, each.node_type, 1000 * each.real_time.total_seconds(), [], [])
                for each in file.operators()
                if each.status == each.Status.EXECUTED
            ]
        )
    return runs


def _by_onnxruntime(
    path: Path, images: NDArray[Any], rounds: int, threads: int, *, optimised: bool = True
) -> list[list[OperatorRun]]:
    """By ONNX Runtime, as it runs a file, or as that stands in the file."""
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:

        def noting(options: Any) -> None:
            import onnxruntime

            options.intra_op_num_threads = threads
            options.enable_profiling = True
            options.profile_file_prefix = f"{folder}/profile"
            if not optimised:
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL

        session = open_session(path, noting)
        for _ in range(rounds):
            run_session(session, None, {"images": images}, str(path))
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    runs: list[list[OperatorRun]] = []
    for event in events:
        if event.get("cat") != "Node" or not event["name"].endswith("_kernel_time"):
            continue
        operator = _operator(event)
        if not runs or operator.name == runs[0][0].name:
            runs.append([])
        runs[-1].append(operator)
    return runs


def _operator(event: dict[str, Any]) -> OperatorRun:
    about = event["args"]
    inputs, outputs = (
        [shape for typed in about.get(key, ()) for shape in typed.values()]
        for key in ("input_type_shape", "output_type_shape")
    )
    name = event["name"].removesuffix("_kernel_time")
    return OperatorRun(name, about["op_name"], event["dur"] / 1000, inputs, outputs)


def costs(path: Path, picture: NDArray[Any]) -> tuple[int, int]:
    """Weights of the convolutions and dense layers in a file, and their multiply-adds for one image.

    Args:
        path: path of an exported file.
        picture: (H, W, 3) RGB as the file takes it.
    """
    (operators,) = _by_onnxruntime(path, picture[None], 1, usable_cores(), optimised=False)
    layers = [each for each in operators if each.kind in _MULTIPLYING and len(each.inputs) > 1]
    return (
        sum(math.prod(shape) for each in layers for shape in each.inputs[1:]),
        sum(map(_multiply_adds, layers)),
    )


def _multiply_adds(layer: OperatorRun) -> int:
    (given, weight, *_), made = layer.inputs, layer.outputs[0]
    if layer.kind == "ConvTranspose":  # each number that is given meets each weight of its channel
        return math.prod(given) * math.prod(weight[1:])
    return math.prod(made) * (math.prod(weight[1:]) if layer.kind == "Conv" else given[-1])
