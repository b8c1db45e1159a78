"""The settings of one part, of whatever kind."""

from typing import ClassVar

from zoo_core.parts.settings import Settings

__all__ = ["ComponentSettings"]


class ComponentSettings(Settings):
    """Settings of one part. A subclass fixes `name`: ``name: Literal["vgg"] = "vgg"``.

    The first line of the docstring is the summary shown by ``zoo list``; a line that
    begins with ``Source:`` says which paper or file the part comes from.
    """

    kind: ClassVar[str]
    has_heavy_half: ClassVar[bool] = True
    """Whether something is made from the settings; else they do all of the work themselves."""
    name: str
