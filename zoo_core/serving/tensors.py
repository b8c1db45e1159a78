"""Tensors of the Open Inference Protocol, as JSON and as bytes behind it.

Source: KServe's Open Inference Protocol, and Triton's binary tensor data extension: little-endian, row by row, and
each element of BYTES behind its length as four bytes.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from zoo_core.common.messages import shown
from zoo_core.serving.refusals import Fault, Refusal

__all__ = [
    "OUTPUT_TYPES",
    "RequestInput",
    "RequestOutput",
    "ResponseOutput",
    "Sent",
    "Tensor",
    "binary_inputs",
    "check_extensions",
    "files_in",
    "pixels_in",
]

BINARY_SIZE = "binary_data_size"
OUTPUT_TYPES = {"boxes": "FP32", "scores": "FP32", "labels": "INT64", "count": "INT64"}
"""What a model gives, as the files of ``zoo export`` do."""
_LITTLE = {"FP32": "<f4", "INT64": "<i8"}
_OTHER_EXTENSIONS = ("shared_memory_region", "classification")
"""Parameters of tensors that belong to other extensions of Triton's: what they ask for would be missing in silence."""
_LENGTH = 4


class Tensor(BaseModel):
    """What is common to tensors."""

    name: str
    shape: list[int]
    datatype: str


class Sent(BaseModel):
    """A part of a request; some clients write null for what they leave out."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, table: Any) -> Any:
        return {key: value for key, value in table.items() if value is not None} if isinstance(table, dict) else table


class RequestOutput(Sent):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class RequestInput(Sent, Tensor):
    """A tensor of a request: in `data`, as flat or nested lists, or as bytes behind the JSON."""

    shape: Annotated[list[Annotated[int, Field(ge=1, le=1 << 31)]], Field(min_length=1, max_length=4)]
    parameters: dict[str, Any] = Field(default_factory=dict)
    data: Any = None


class ResponseOutput(Tensor):
    """A tensor of an answer."""

    parameters: dict[str, Any] | None = None
    data: list[Any] | None = None

    @classmethod
    def of(cls, name: str, values: NDArray[Any], *, binary: bool) -> tuple[ResponseOutput, bytes]:
        """A tensor, and what stands behind the JSON for it."""
        kind = OUTPUT_TYPES[name]
        output = cls(name=name, shape=list(values.shape), datatype=kind)
        if not binary:
            output.data = values.ravel().tolist()
            return output, b""
        content = np.ascontiguousarray(values, _LITTLE[kind]).tobytes()
        output.parameters = {BINARY_SIZE: len(content)}
        return output, content


def check_extensions(place: str, parameters: Mapping[str, Any]) -> None:
    """Nothing, unless the parameters of a tensor ask for an extension that is not served.

    Raises:
        Refusal: they do.
    """
    for name in _OTHER_EXTENSIONS:
        if parameters.get(name):
            fault = f"{name} belongs to an extension that is not served"
            raise Refusal(
                400, Fault(place=f"{place}.parameters", fault=fault, allowed="extensions: binary_tensor_data")
            )


def binary_inputs(inputs: Sequence[RequestInput], behind: bytes) -> dict[str, bytes]:
    """The bytes of each input that stands behind the JSON.

    Raises:
        Refusal: they are more or less than the inputs say.
    """
    parts, start = {}, 0
    for each in inputs:
        size = each.parameters.get(BINARY_SIZE)
        if size is None:
            continue
        if isinstance(size, bool) or not isinstance(size, int) or size < 0 or each.data is not None:
            raise _wrong(each, f"{BINARY_SIZE} should be a number of bytes, and data not given; given {shown(size)}")
        parts[each.name] = behind[start : start + size]
        start += size
    if start != len(behind):
        fault = f"has {len(behind)} bytes behind the JSON, but its inputs say {start}"
        raise Refusal(400, Fault(place="body", fault=fault))
    return parts


def pixels_in(given: RequestInput, content: bytes | None) -> NDArray[np.uint8]:
    """The pictures (B, H, W, 3) of a tensor of UINT8; one alone may lack the first dimension.

    Raises:
        Refusal: it is something else.
    """
    shape = given.shape if len(given.shape) == 4 else [1, *given.shape]
    if given.datatype != "UINT8" or len(shape) != 4 or shape[3] != 3:
        raise _wrong(given, f"should be UINT8 [-1, -1, -1, 3]; given {given.datatype} {shown(given.shape)}")
    values = _numbers(given) if content is None else np.frombuffer(content, np.uint8)
    if values.size != math.prod(shape):
        raise _wrong(given, f"should have {math.prod(shape)} values; given {values.size}")
    return values.reshape(shape)


def files_in(given: RequestInput, content: bytes | None) -> list[bytes]:
    """The files in a tensor of BYTES; in JSON each is a string in base64.

    Raises:
        Refusal: it is something else.
    """
    if given.datatype != "BYTES" or math.prod(given.shape) != max(given.shape):
        raise _wrong(given, f"should be BYTES [-1]; given {given.datatype} {shown(given.shape)}")
    files = _from_base64(given) if content is None else _parted(given, content)
    if len(files) != max(given.shape):
        raise _wrong(given, f"should have {max(given.shape)} elements; given {len(files)}")
    return files


def _numbers(given: RequestInput) -> NDArray[np.uint8]:
    try:
        values = np.array(given.data)
    except (ValueError, OverflowError):
        values = np.empty(0)
    if values.dtype.kind not in "iu" or (values.size and (values.min() < 0 or values.max() > 255)):
        raise _wrong(given, "data should be integers from 0 to 255, flat or nested as the shape says")
    return values.astype(np.uint8).ravel()


def _from_base64(given: RequestInput) -> list[bytes]:
    if isinstance(given.data, list):
        with suppress(TypeError, ValueError, binascii.Error):
            return [base64.b64decode(each, validate=True) for each in given.data]
    raise _wrong(given, "data should be a list of files, each a string in base64")


def _parted(given: RequestInput, content: bytes) -> list[bytes]:
    files, start = [], 0
    while start < len(content):
        end = start + _LENGTH + int.from_bytes(content[start : start + _LENGTH], "little")
        if end > len(content) or start + _LENGTH > len(content):
            raise _wrong(given, "its last element is cut off")
        files.append(content[start + _LENGTH : end])
        start = end
    return files


def _wrong(given: Tensor, fault: str) -> Refusal:
    return Refusal(400, Fault(place=f"inputs.{given.name[:100]}", fault=fault))
