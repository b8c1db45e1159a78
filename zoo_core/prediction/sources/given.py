"""What Python code gives to a detector: one image, or what stands for several as on the command line.

The image libraries are imported when a file is read, so that arrays need none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import ArgumentError, DatasetError, NotAnImageError
from zoo_core.common.optional_packages import needing
from zoo_core.prediction.sources import Source
from zoo_core.prediction.sources.remote import is_elsewhere

if TYPE_CHECKING:
    from zoo_core.prediction.sources.pictures import Picture

__all__ = ["GivenImage", "each_image", "given", "images_of", "stands_for_several"]


class GivenImage:
    """An image that is read when it is needed, and again for drawing when it came from a file.

    Attributes:
        source: where it comes from.
        name: for messages; empty when it came from no file, address or video.
        frame: its number in the video, from 0; None for a picture.
        time: at which the frame is shown, in seconds.
        live: whether it is of a camera or a stream, whose newest frame counts.
        pixels: (H, W, 3) uint8 RGB from reading until the network has seen them.
        error: why it cannot be read.
    """

    def __init__(
        self,
        source: Source,
        name: str = "",
        frame: int | None = None,
        time: float | None = None,
        *,
        live: bool = False,
    ) -> None:
        self.source = source
        self.name = name or (str(source) if isinstance(source, str | Path) else "")
        self.frame = frame
        self.time = time
        self.live = live
        self.pixels: NDArray[np.uint8] | None = None
        self.error: DatasetError | None = None
        self._released = False

    @classmethod
    def unreadable(cls, source: Source, error: DatasetError) -> GivenImage:
        """In the place of an image that is not there."""
        image = cls(source)
        image.error = error
        return image

    @property
    def passes(self) -> bool:
        """Whether nobody but the zoo holds its pixels: those of a frame, or of what was fetched."""
        return self.frame is not None or is_elsewhere(self.name)

    def read_now(self) -> GivenImage:
        """Read the pixels, or keep the error."""
        if self.error is not None:
            return self
        try:
            self.pixels = self.read()
        except DatasetError as error:
            self.error = error
        except TypeError as error:
            self.error = NotAnImageError(str(error))
        except (OSError, ValueError, SyntaxError) as error:  # an image that was opened by Pillow and is damaged
            self.error = DatasetError(f"an image cannot be read: {error}")
        return self

    def read(self) -> NDArray[np.uint8]:
        """The pixels (H, W, 3) uint8 RGB."""
        if self._released:
            what = f" ({self.name})" if self.name else ""
            raise ArgumentError(f"the stream no longer holds the image of these detections{what}; call plot(image)")
        source = self.source
        if isinstance(source, str | Path):
            if not str(source):
                raise TypeError("not an image: the name is empty")
            if not is_elsewhere(str(source)):
                return cast("NDArray[np.uint8]", _image_files().read_image(source))
            self.source = source = _fetched(str(source))  # kept, for next time another may be there
        if hasattr(source, "convert"):  # a PIL image
            place = getattr(source, "filename", "") or "the PIL image"
            return cast("NDArray[np.uint8]", _image_files().from_pillow(source, place))
        if source is None:
            raise TypeError("not an image: None (did cv2.imread fail?)")
        if not isinstance(source, np.ndarray):
            raise TypeError(f"an image is a path, an array or a PIL image, not {type(source).__name__}")
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3 or not source.size:
            raise TypeError(f"an image array is (H, W, 3) uint8 RGB, not {source.shape} {source.dtype}")
        return source

    def release(self) -> None:
        """Hold no pixels; a file can be read again."""
        if self.passes or not self.name:
            self.source, self._released = None, True


def stands_for_several(source: Source) -> bool:
    """Whether something stands for several images, however many they are.

    So do folders, patterns, videos and iterables; not files that hold something else, which reading them tells.
    """
    if isinstance(source, str | Path):
        return not _finding().is_one_picture(str(source))
    if isinstance(source, np.ndarray):
        return source.ndim == 4 or (source.ndim == 1 and source.dtype.kind in "OU")
    if hasattr(source, "convert") or getattr(source, "ndim", 1) != 1:
        return False
    return isinstance(source, Iterable) and not isinstance(source, bytes | bytearray | Mapping | AbstractSet)


def each_image(sources: Iterable[Source]) -> Iterator[GivenImage]:
    """Each image that some sources stand for; nothing is read here, but videos are, frame by frame.

    A list within is not an image.
    """
    for source in sources:
        if isinstance(source, GivenImage):
            yield source
            continue
        try:
            several = isinstance(source, str | Path) and stands_for_several(source)
            images = images_of(source) if several else iter([GivenImage(source)])
        except DatasetError as error:
            images = iter([GivenImage.unreadable(source, error)])
        yield from images


def images_of(name: str | Path) -> Iterator[GivenImage]:
    """Each image of a folder, a pattern or a video.

    Raises:
        DatasetError: at once where no pattern matches, or no folder has pictures in it.
    """
    inputs = _finding().Inputs([str(name)])
    return _read(name, inputs)


def _read(name: str | Path, inputs: Iterable[Any]) -> Iterator[GivenImage]:
    from zoo_core.prediction.sources.pictures import pictures

    for each in pictures(inputs):
        if isinstance(each, DatasetError):
            yield GivenImage.unreadable(name, each)
        else:
            yield given(each)


def given(picture: Picture) -> GivenImage:
    """A picture or a frame of an input, as a detector takes it."""
    source, frame = picture.input, (picture.frame, picture.time)
    return GivenImage(picture.source, source.name, *frame, live=source.live is not None)


def _fetched(address: str) -> NDArray[np.uint8]:
    """The picture at an address."""
    images = _image_files()
    from zoo_core.prediction.sources.addresses import fetched

    with fetched(address) as file:
        return cast("NDArray[np.uint8]", images.decoded(images.file_content(file), address))


def _finding() -> ModuleType:
    """What finds files; see `_image_files`."""
    _image_files()
    from zoo_core.prediction.sources import finding

    return finding


def _image_files() -> ModuleType:
    """The reader of images.

    Raises:
        MissingPackageError: the image libraries are not installed.
    """
    with needing():
        from zoo_core.data.pipeline import images
    return images
