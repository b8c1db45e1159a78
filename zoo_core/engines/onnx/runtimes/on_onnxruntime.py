"""Exported files on ONNX Runtime: on the processor, or on what one of its execution providers computes with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from zoo_core.common.errors import MissingPackageError, RunError
from zoo_core.common.messages import listed
from zoo_core.common.optional_packages import missing
from zoo_core.engines.onnx.execution import Execution
from zoo_core.engines.onnx.runtimes.protocol import Tensor
from zoo_core.engines.onnx.session import CPU, open_session, run_session
from zoo_core.engines.onnx.signature import OUTPUTS

__all__ = ["OnnxRuntimeFile", "devices_here"]

_ASSIGNMENTS = "session.record_ep_graph_assignment_info"


class _Provider(NamedTuple):
    """What ONNX Runtime computes with.

    Attributes:
        name: as ONNX Runtime names it.
        package: distribution that has it.
        platform: on which there is such a package, as `sys.platform` begins; empty for more than one.
        needs: what must be here besides.
    """

    name: str
    package: str
    platform: str
    needs: str


_PROVIDERS = {
    "cuda": _Provider(
        "CUDAExecutionProvider", "onnxruntime-gpu[cuda,cudnn]", "", "an NVIDIA GPU with its driver, CUDA and cuDNN"
    ),
    "tensorrt": _Provider(
        "TensorrtExecutionProvider",
        "onnxruntime-gpu[cuda,cudnn]",
        "",
        "an NVIDIA GPU with its driver, CUDA, cuDNN and TensorRT (pip install tensorrt)",
    ),
    "coreml": _Provider("CoreMLExecutionProvider", "onnxruntime", "darwin", "macOS"),
    "directml": _Provider("DmlExecutionProvider", "onnxruntime-directml", "win32", "Windows with DirectX 12"),
}
_SYSTEMS = {"darwin": "macOS", "win32": "Windows"}


class OnnxRuntimeFile:
    """A file in a session of ONNX Runtime; implements `FileRuntime`.

    Raises:
        RunError: the file cannot be run, or not on the device.
        MissingPackageError: onnxruntime is not installed, or not the package for the device.
    """

    def __init__(self, path: Path, execution: Execution) -> None:
        self._path = path
        self._session = _session(path, execution)
        self.metadata = _metadata(self._session, path)
        self.inputs = {each.name: _tensor(each) for each in self._session.get_inputs()}
        self.outputs = {each.name: _tensor(each) for each in self._session.get_outputs()}

    def run(self, images: NDArray[Any]) -> list[NDArray[Any]]:
        """What `OUTPUTS` names; see `FileRuntime.run`."""
        return run_session(self._session, OUTPUTS, {"images": images}, str(self._path))


def devices_here() -> list[str]:
    """The devices for which the installed ONNX Runtime was built; whether they are here is known when one is used.

    Raises:
        MissingPackageError: onnxruntime is not installed.
    """
    here = _available()
    return ["cpu", *(device for device, provider in _PROVIDERS.items() if provider.name in here)]


def _available() -> list[str]:
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise missing(error) from error
    names: list[str] = onnxruntime.get_available_providers()
    return names


def _session(path: Path, execution: Execution) -> Any:
    def change(options: Any) -> None:
        if execution.threads is not None:
            options.intra_op_num_threads = execution.threads
        if execution.device != "cpu":
            options.add_session_config_entry(_ASSIGNMENTS, "1")

    if execution.device == "cpu":
        return open_session(path, change)
    provider = _PROVIDERS[execution.device]
    _require_here(execution.device, provider)
    session = open_session(path, change, _with_settings(execution))
    _require_used(session, execution, provider)
    return session


def _with_settings(execution: Execution) -> list[tuple[str, dict[str, str]]]:
    """The provider of a device, and those that compute what it cannot; in float32 unless another is asked for."""
    index = {"device_id": str(execution.index)}
    cuda = (_PROVIDERS["cuda"].name, {**index, "use_tf32": "0"})  # by default products are rounded to 10 bits
    match execution.device:
        case "cuda":
            return [cuda, (CPU, {})]
        case "tensorrt":
            halves = {
                "trt_fp16_enable": str(int(execution.precision == "float16")),
                "trt_bf16_enable": str(int(execution.precision == "bfloat16")),
            }
            used = {name: value for name, value in halves.items() if value == "1"}
            return [(_PROVIDERS["tensorrt"].name, {**index, **used}), cuda, (CPU, {})]
        case "coreml":  # the older format computes in float16 whatever a file says
            return [(_PROVIDERS["coreml"].name, {"ModelFormat": "MLProgram"}), (CPU, {})]
    return [(_PROVIDERS["directml"].name, index), (CPU, {})]


def _require_here(device: str, provider: _Provider) -> None:
    """Refuse a provider that the installed ONNX Runtime was built without."""
    here = _available()
    if provider.name not in here:
        raise MissingPackageError(
            f"device {device!r}: the installed ONNX Runtime has no {provider.name}, but {listed(here)}; "
            f"{_way_to_get(provider)}"
        )
    if device in ("cuda", "tensorrt"):
        import onnxruntime

        if hasattr(onnxruntime, "preload_dlls"):
            onnxruntime.preload_dlls()  # those that pip has installed, which the system would not find


def _way_to_get(provider: _Provider) -> str:
    if provider.platform and not sys.platform.startswith(provider.platform):
        return f"there is one for {_SYSTEMS[provider.platform]} only"
    # Both packages bring the same files: the second would replace some of the first.
    return f"pip uninstall onnxruntime, then pip install '{provider.package}'"


def _require_used(session: Any, execution: Execution, provider: _Provider) -> None:
    """Refuse a session that computes everything on the processor: ONNX Runtime does so where a provider fails."""
    if provider.name not in session.get_providers():
        raise RunError(
            f"device {execution.place!r}: ONNX Runtime could not start {provider.name}, and would use the processor "
            f"instead: it needs {provider.needs}; pip install '{provider.package}', or use device cpu"
        )
    try:
        parts = session.get_provider_graph_assignment_info()
    except AttributeError:  # older than 1.24
        return
    if all(part.ep_name != provider.name for part in parts):
        raise RunError(
            f"device {execution.place!r}: {provider.name} computes no operator of this file, and ONNX Runtime would "
            "use the processor instead: use device cpu"
        )


def _tensor(value: Any) -> Tensor:
    kind = value.type.removeprefix("tensor(").removesuffix(")")
    shape = tuple(side if isinstance(side, int) else None for side in value.shape or ())
    return Tensor("float32" if kind == "float" else kind, shape)


def _metadata(session: Any, path: Path) -> dict[str, str]:
    try:
        metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError:
        raise RunError(f"{path}: its metadata is not UTF-8 text") from None
    return metadata
