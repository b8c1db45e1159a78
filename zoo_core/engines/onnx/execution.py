"""How an exported file is run: by which engine, on which device, in which precision, and by how many threads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from zoo_core.common.arguments import one_of
from zoo_core.common.errors import ArgumentError
from zoo_core.common.messages import did_you_mean, listed, shown
from zoo_core.config.engines import FILE_ENGINES, require_file_engine

__all__ = ["DEVICES", "PRECISIONS", "Execution"]

PRECISIONS = ("float32", "bfloat16", "float16")
DEVICES = {
    "onnxruntime": ("cpu", "cuda", "tensorrt", "coreml", "directml"),
    "openvino": ("cpu", "gpu", "npu"),
}
"""The kinds of devices of each engine."""
_ALIASES = {"onnxruntime": {"gpu": "cuda", "trt": "tensorrt", "dml": "directml"}, "openvino": {}}
_NUMBERED = ("cuda", "tensorrt", "directml", "gpu", "trt", "dml")
_DEVICE = re.compile(r"([a-z]+)(?::(\d{1,3}))?")


@dataclass(frozen=True)
class Execution:
    """How an exported file is run; `of` makes it of what a user says.

    Attributes:
        engine: one of `FILE_ENGINES`.
        device: one of `DEVICES` of the engine.
        index: which of several such devices.
        precision: one of `PRECISIONS`, in which the network computes; what a file has in int8 stays so.
        threads: how many threads compute on the processor; None for one on each core of this process.
    """

    engine: str = FILE_ENGINES[0]
    device: str = "cpu"
    index: int = 0
    precision: str = PRECISIONS[0]
    threads: int | None = None

    @classmethod
    def of(
        cls,
        engine: str | None = None,
        device: str | None = None,
        precision: str | None = None,
        threads: int | None = None,
    ) -> Execution:
        """What is asked for, with the default for what is None.

        Args:
            engine: its name.
            device: as ``cpu``, ``cuda``, ``gpu:1`` or ``tensorrt:0``.
            precision: of the network.
            threads: as above.

        Raises:
            ArgumentError: there is no such engine, it has no such device, or it cannot compute so there.
        """
        engine = cls.engine if engine is None else engine
        require_file_engine(engine)
        kind, index = (cls.device, 0) if device is None else _device(engine, device)
        precision = cls.precision if precision is None else one_of(*PRECISIONS)("precision", precision)
        if engine == "onnxruntime" and precision != cls.precision and kind != "tensorrt":
            raise ArgumentError(
                f"precision {precision!r} is not for ONNX Runtime on {kind}, which computes in {cls.precision}; it is "
                "for engine 'openvino', and for device 'tensorrt'"
            )
        if threads is not None and engine == "openvino" and kind != "cpu":
            raise ArgumentError(f"threads are for device 'cpu': with OpenVINO the {kind} computes alone")
        return cls(engine, kind, index, precision, threads)

    @property
    def settings(self) -> dict[str, Any]:
        """What `of` makes an equal one of, by name."""
        return {"engine": self.engine, "device": self.place, "precision": self.precision, "threads": self.threads}

    def __str__(self) -> str:
        return f"{self.engine}, {self.place}, {self.precision}"

    @property
    def place(self) -> str:
        """The device, as one asks for it."""
        return f"{self.device}:{self.index}" if self.index else self.device


def _device(engine: str, name: object) -> tuple[str, int]:
    aliases = _ALIASES[engine]
    known = [*DEVICES[engine], *aliases]
    found = _DEVICE.fullmatch(name.strip().lower()) if isinstance(name, str) else None
    if found is None or found[1] not in known or (found[2] and found[1] not in _NUMBERED):
        allowed = listed(f"{each}[:N]" if each in _NUMBERED else each for each in known)
        near = did_you_mean(name, known) if isinstance(name, str) else ""
        raise ArgumentError(f"device should be one of {allowed} for engine {engine!r}; given {shown(name)}{near}")
    return aliases.get(found[1], found[1]), int(found[2] or 0)
