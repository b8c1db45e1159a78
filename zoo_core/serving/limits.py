"""How much a service takes on."""

from __future__ import annotations

from dataclasses import dataclass

from zoo_core.common.errors import ArgumentError

__all__ = ["MEGA", "Limits"]

MEGA = 1_000_000
_BYTES_OF_A_PIXEL = 3


@dataclass(frozen=True)
class Limits:
    """What bounds the work, the memory and the patience of a service.

    Attributes:
        batch: how many pictures go through a network together.
        delay: seconds for which a batch that is not full waits for further pictures.
        queue: pictures that wait for a model; beyond them a request is refused, to be sent again later.
        timeout: seconds in which a client must have sent its request, in which it is answered, and in which the client
            must take the answer.
        body: bytes of a request.
        pictures: pictures in a request.
        pixels: of a picture, by its header.
        windows: into which a picture is cut, at most.
        memory: bytes of requests and decoded pictures that are held at a time, those of all clients together.

    Raises:
        ArgumentError: they contradict each other.
    """

    batch: int = 8
    delay: float = 0.002
    queue: int = 64
    timeout: float = 30.0
    body: int = 32 * MEGA
    pictures: int = 16
    pixels: int = 40 * MEGA
    windows: int = 100
    memory: int = 1000 * MEGA

    def __post_init__(self) -> None:
        needed = self.body + self.pixels * _BYTES_OF_A_PIXEL
        if needed > self.memory:
            raise ArgumentError(
                f"a picture of {self.pixels / MEGA:g} megapixels in a request of {self.body / MEGA:g} MB takes "
                f"{needed / MEGA:g} MB, and all requests together may take {self.memory / MEGA:g} MB"
            )
        if self.pictures > self.queue:
            raise ArgumentError(
                f"a request may have {self.pictures} pictures, but no more than {self.queue} may wait for a model"
            )
