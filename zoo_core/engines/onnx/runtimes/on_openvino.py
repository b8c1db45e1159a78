"""Exported files on OpenVINO: on processors of every maker, and on Intel's GPUs and NPUs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from zoo_core.common.cores import usable_cores
from zoo_core.common.errors import RunError
from zoo_core.common.messages import listed
from zoo_core.common.optional_packages import missing
from zoo_core.common.reading import read_bytes
from zoo_core.engines.onnx.execution import PRECISIONS, Execution
from zoo_core.engines.onnx.runtimes.protocol import Tensor
from zoo_core.engines.onnx.signature import OUTPUTS

__all__ = ["OpenVinoFile", "openvino", "precisions_here", "the_core"]

_KEPT = 512
"""How many prepared operators are kept: enough for two sizes of batches of a deep network. By OpenVINO's default memory
grows by a quarter of a megabyte with each new size of pictures, for thousands of them."""
_TYPES = dict(zip(PRECISIONS, ("f32", "bf16", "f16"), strict=True))
_CAPABILITIES = dict(zip(PRECISIONS, ("FP32", "BF16", "FP16"), strict=True))


class OpenVinoFile:
    """A file that OpenVINO has compiled; implements `FileRuntime`.

    Args:
        path: path of the file.
        execution: how it is run.
        profiling: whether the time of each operator is taken, for `operators`.

    Raises:
        RunError: the file cannot be run, there is no such device, or it does not compute in that precision.
        MissingPackageError: openvino is not installed.
    """

    def __init__(self, path: Path, execution: Execution, *, profiling: bool = False) -> None:
        self._path = path
        core = the_core()
        device = _device(core, execution)
        _require_precision(core, device, execution)
        content = read_bytes(path, RunError)
        with self._reporting("read"):
            model = core.read_model(content)
        self.metadata = _metadata(model)
        with self._reporting("run"):
            self._compiled = core.compile_model(model, device, _properties(execution, profiling=profiling))
        self.inputs = {each.get_any_name(): _tensor(each) for each in model.inputs}
        self.outputs = {name: _tensor(each) for each in model.outputs for name in each.get_names()}
        self._requests = threading.local()  # one request runs once at a time

    def run(self, images: NDArray[Any]) -> list[NDArray[Any]]:
        """What `OUTPUTS` names; see `FileRuntime.run`."""
        with self._reporting("run"):
            values = self._request.infer({"images": images})
            return [values[name] for name in OUTPUTS]

    def operators(self) -> list[Any]:
        """The operators of the last run of this thread, as OpenVINO's ``ProfilingInfo``."""
        return list(self._request.profiling_info)

    @property
    def _request(self) -> Any:
        if not hasattr(self._requests, "own"):
            self._requests.own = self._compiled.create_infer_request()
        return self._requests.own

    @contextmanager
    def _reporting(self, what: str) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            reason = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise RunError(f"{self._path}: OpenVINO cannot {what} this file: {reason[-1] if reason else ''}") from None


def openvino() -> Any:
    """The module, imported without what would tell its maker over the network that it is used.

    Raises:
        MissingPackageError: it is not installed.
    """
    sender = "openvino_telemetry"
    hidden = sender not in sys.modules
    if hidden:
        sys.modules[sender] = None  # type: ignore[assignment]  # as where it is not installed
    try:
        import openvino
    except ModuleNotFoundError as error:
        raise missing(error) from error
    finally:
        if hidden:
            del sys.modules[sender]
    return openvino


def the_core() -> Any:
    """What OpenVINO does everything with, once in a process.

    Each one gives the thread that makes it another stack for its signals. Of two the one that goes last gives back that
    of the other, which is no longer there, and the next signal, Ctrl-C for one, ends the process.

    Raises:
        MissingPackageError: as `openvino`.
    """
    return _made_once(openvino().Core)


@cache
def _made_once(core: Callable[[], Any]) -> Any:
    return core()


def precisions_here(device: str = "CPU") -> list[str]:
    """In which of `PRECISIONS` a device of OpenVINO's name computes.

    Raises:
        MissingPackageError: openvino is not installed.
    """
    has = the_core().get_property(device, "OPTIMIZATION_CAPABILITIES")
    return [each for each in PRECISIONS if _CAPABILITIES[each] in has]


def _device(core: Any, execution: Execution) -> str:
    """OpenVINO's name of a device that is here: where there is one of a kind it has no number."""
    kind = execution.device.upper()
    names = [f"{kind}.{execution.index}", *([kind] if execution.index == 0 else [])]
    here = core.available_devices
    for name in names:
        if name in here:
            return name
    seen = listed(each.lower().replace(".", ":") for each in here)
    raise RunError(f"device {execution.place!r} is not here: OpenVINO sees {seen}")


def _require_precision(core: Any, device: str, execution: Execution) -> None:
    """Refuse what a device would silently compute in another precision."""
    has = core.get_property(device, "OPTIMIZATION_CAPABILITIES")
    if _CAPABILITIES[execution.precision] not in has:
        name = core.get_property(device, "FULL_DEVICE_NAME")
        kept = listed(each for each in PRECISIONS if _CAPABILITIES[each] in has)
        raise RunError(
            f"precision {execution.precision!r} is not that of this {execution.device} ({name}): with OpenVINO it "
            f"computes in {kept}"
        )


def _properties(execution: Execution, *, profiling: bool) -> dict[str, Any]:
    """OpenVINO's default precision is bfloat16 or float16 where a device has it, so that it is always said."""
    properties: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": _TYPES[execution.precision],
        "PERFORMANCE_HINT": "LATENCY",
        "PERF_COUNT": profiling,
    }
    if execution.device == "cpu":
        properties["INFERENCE_NUM_THREADS"] = execution.threads or usable_cores()
        # Else two processes with a thread each are bound to the same core.
        properties["ENABLE_CPU_PINNING"] = False
        properties["CPU_RUNTIME_CACHE_CAPACITY"] = _KEPT
    return properties


def _tensor(value: Any) -> Tensor:
    shape = value.get_partial_shape()
    sides = tuple(side.get_length() if side.is_static else None for side in shape) if shape.rank.is_static else ()
    return Tensor(str(value.get_element_type().to_dtype()), sides)


def _metadata(model: Any) -> dict[str, str]:
    """What ONNX keeps as metadata, which OpenVINO reads as information on the framework."""
    names = model.get_rt_info(["framework"]).value if model.has_rt_info(["framework"]) else {}
    return {name: str(model.get_rt_info(["framework", name]).astype(str)) for name in names}
