"""Forms (multipart) with pictures, read as they come: files stay in memory, where they are counted."""

from __future__ import annotations

from typing import NamedTuple

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from zoo_core.common.messages import one_line
from zoo_core.serving.limits import Limits
from zoo_core.serving.refusals import AS_BYTES, CLOSE, Fault, Refusal

__all__ = ["Form", "Upload"]

_DISPOSITION = b"content-disposition"
_LONGEST_KIND = 1000
"""Characters of a header Content-Type: reading a long one takes the square of its length, and others wait for that."""


class Upload(NamedTuple):
    """The file of a picture: what a client calls it, and what is in it."""

    name: str
    content: bytes


class _Part:
    """A part of a form: its header of interest, and its content."""

    def __init__(self) -> None:
        self.field = b""
        self.value = b""
        self.disposition = b""
        self.content = bytearray()

    @property
    def names(self) -> tuple[str, str | None]:
        """The name of the field, and that of the file; None where it is not a file."""
        _, options = parse_options_header(self.disposition)
        file = options.get(b"filename")
        return _text(options.get(b"name", b"")), None if file is None else _text(file)


class Form:
    """Takes the body of a form piece by piece.

    Args:
        kind: the header Content-Type, which names the boundary.
        limits: of the service.

    Raises:
        Refusal: there is no boundary, or a very long one.
    """

    def __init__(self, kind: str, limits: Limits) -> None:
        self._most = limits.pictures
        self._parts: list[_Part] = []
        self._ended = False
        if len(kind) > _LONGEST_KIND:
            raise _broken(f"its Content-Type has {len(kind)} characters")
        boundary = parse_options_header(kind)[1].get(b"boundary")
        if not boundary:
            raise _broken("its Content-Type names no boundary")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._add_field,
                    "on_header_value": self._add_value,
                    "on_header_end": self._end_header,
                    "on_part_data": self._add_content,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise _broken(error) from None

    def write(self, chunk: bytes) -> None:
        """Take the next piece.

        Raises:
            Refusal: this is not a form, or it has too many parts.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _broken(error) from None

    def uploads(self) -> list[Upload]:
        """The files, when all pieces have been taken.

        Raises:
            Refusal: there are none, something is not a file, or the form is not whole.
        """
        if not self._ended:
            raise Refusal(422, Fault(place="body", fault="is a form that ends before its last boundary"))
        named = [(*part.names, bytes(part.content)) for part in self._parts]
        allowed = "parameters are part of the address: ?score=0.3"
        faults = [
            Fault(place=f"form, {one_line(field)}", fault="is not a file", allowed=allowed)
            for field, file, _ in named
            if file is None
        ]
        if not named:
            faults = [Fault(place="body", fault="is a form without a file", allowed=AS_BYTES)]
        if faults:
            raise Refusal(422, *faults)
        return [Upload(file or field, content) for field, file, content in named]

    def _begin(self) -> None:
        if len(self._parts) == self._most:
            fault = Fault(
                place="body", fault="has too many parts", allowed=f"at most {self._most} pictures in a request"
            )
            raise Refusal(422, fault, headers=CLOSE)
        self._parts.append(_Part())

    def _add_field(self, data: bytes, start: int, end: int) -> None:
        self._parts[-1].field += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._parts[-1].value += data[start:end]

    def _end_header(self) -> None:
        part = self._parts[-1]
        if part.field.lower() == _DISPOSITION:
            part.disposition = part.value
        part.field = part.value = b""

    def _add_content(self, data: bytes, start: int, end: int) -> None:
        self._parts[-1].content += data[start:end]

    def _end(self) -> None:
        self._ended = True


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _broken(why: object) -> Refusal:
    return Refusal(422, Fault(place="body", fault=f"is not a whole form: {why}"), headers=CLOSE)
