"""Sessions of ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from zoo_core.common.cores import usable_cores
from zoo_core.common.errors import RunError
from zoo_core.common.optional_packages import missing
from zoo_core.common.reading import reading

__all__ = ["CPU", "open_session", "run_session"]

CPU = "CPUExecutionProvider"


def open_session(
    model: Path | bytes,
    change: Callable[[Any], None] | None = None,
    providers: Sequence[tuple[str, dict[str, str]]] = ((CPU, {}),),
) -> Any:
    """An `onnxruntime.InferenceSession` on all cores of this process.

    Args:
        model: a file, or what would stand in it.
        change: called with the `onnxruntime.SessionOptions`.
        providers: names of ONNX Runtime with their settings, the preferred first. One that is left out by ONNX Runtime
            is not told here: see `get_providers` of the session.

    Raises:
        RunError: no such file, or it cannot be run.
        MissingPackageError: onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise missing(error) from error
    if isinstance(model, Path):
        with reading(model, RunError):  # so that what is wrong with the file is told, and no pipe is opened
            pass
    options = onnxruntime.SessionOptions()
    # A container may grant fewer cores than the machine has, which ONNX Runtime does not see.
    options.intra_op_num_threads = usable_cores()
    options.log_severity_level = 4  # what it warns of is its own optimisation, and errors are raised
    if change:
        change(options)
    try:
        return onnxruntime.InferenceSession(
            str(model) if isinstance(model, Path) else model, options, providers=[*providers], enable_fallback=0
        )
    except Exception as error:  # noqa: BLE001  # ONNX Runtime has a dozen kinds, which it does not name
        name = model if isinstance(model, Path) else "the model"
        raise RunError(f"{name}: ONNX Runtime cannot read this file: {_first_line(error)}") from None


def run_session(
    session: Any, outputs: list[str] | None, inputs: dict[str, NDArray[Any]], name: str = "the model"
) -> list[Any]:
    """The outputs of these names; all of them when None.

    Raises:
        RunError: ONNX Runtime cannot run the model; `name` is what the message calls it.
    """
    try:
        values: list[Any] = session.run(outputs, inputs)
    except Exception as error:  # noqa: BLE001  # as above
        raise RunError(f"{name}: ONNX Runtime cannot run this file: {_first_line(error)}") from None
    return values


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
