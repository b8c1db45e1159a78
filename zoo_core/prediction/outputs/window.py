"""Pictures and frames in a window, as they come."""

from __future__ import annotations

import re
import subprocess
import sys

import cv2

from zoo_core.common.errors import ArgumentError
from zoo_core.prediction.outputs import FoundObjects
from zoo_core.prediction.screen import has_screen
from zoo_core.prediction.sources.pictures import Picture

__all__ = ["Window", "WindowClosedError"]

_TITLE = "zoo predict (q ends)"
_ENDING = (27, ord("q"))
"""Escape, and the letter."""
_MOMENT = 50
"""Milliseconds between two looks at the keyboard."""
_PROBE = "import cv2; cv2.namedWindow('zoo'); cv2.waitKey(1); cv2.destroyAllWindows()"
_LONGEST_PROBE = 30


class WindowClosedError(Exception):
    """Whoever looked has seen enough."""


class Window:
    """Shows what was found: frames as they come, pictures until a key is pressed.

    Raises:
        ArgumentError: there is no screen, or this OpenCV has no windows.
    """

    def __init__(self) -> None:
        if re.search(r"GUI:\s+NONE", cv2.getBuildInformation()):
            raise ArgumentError(
                "--show: this OpenCV has no windows: pip uninstall opencv-python-headless, then install opencv-python"
            )
        if not has_screen():
            raise ArgumentError("--show: there is no screen here; leave it out, and look at the files in --out")
        # In a process of its own, which Qt ends where it finds no screen.
        command = [sys.executable, "-c", _PROBE]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_LONGEST_PROBE)  # noqa: S603 -- our own
        except (OSError, subprocess.SubprocessError):
            raise ArgumentError(
                "--show: no window can be opened on this screen; leave it out, and look at the files in --out"
            ) from None

    def add(self, picture: Picture, found: FoundObjects) -> None:
        """Show what was found in a picture.

        Raises:
            WindowClosedError: the window was closed, or q or Escape pressed.
        """
        cv2.imshow(_TITLE, found.plot()[:, :, ::-1])
        if picture.frame is not None:
            self._look(1)
            return
        while self._look(_MOMENT) < 0:
            continue

    @staticmethod
    def _look(milliseconds: int) -> int:
        """The key that is pressed; negative where none is."""
        key: int = cv2.waitKey(milliseconds)
        if key & 0xFF in _ENDING or cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1:
            cv2.destroyAllWindows()
            raise WindowClosedError
        return key
