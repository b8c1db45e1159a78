"""Pictures for whoever sits in front: in a notebook, or in a window."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageShow

from zoo_core.common.errors import ZooError

__all__ = ["as_png", "has_screen", "show"]

_LONGEST_SIDE = 1200
"""Of a picture in a notebook, in pixels: each is kept in the file of the notebook."""


def as_png(picture: NDArray[np.uint8]) -> bytes:
    """A picture (H, W, 3) uint8 RGB as a file of PNG, no larger than a screen."""
    image = Image.fromarray(picture)
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def show(picture: NDArray[np.uint8]) -> None:
    """Show a picture (H, W, 3) uint8 RGB below the cell of a notebook, or in a window.

    Raises:
        ZooError: there is neither.
    """
    notebook = _notebook()
    if notebook is not None:
        notebook.display(notebook.Image(data=as_png(picture)))
    elif not has_screen() or not ImageShow.show(Image.fromarray(picture)):
        raise ZooError(
            "the picture cannot be shown: there is no notebook and no screen with a program for pictures; "
            "write it to a file: found.save('found.jpg')"
        )


def _notebook() -> Any:
    """`IPython.display` in a notebook; None elsewhere, also in IPython's terminal."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return import_module("IPython.display") if hasattr(shell, "kernel") else None


def has_screen() -> bool:
    """Whether there is a screen, as far as the environment says."""
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
