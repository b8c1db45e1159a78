"""OpenCV's own log, which would go to the terminal."""

from __future__ import annotations

import cv2

__all__ = ["silence_opencv"]

_SILENT = 0


def silence_opencv() -> None:
    """Let OpenCV say nothing by itself: what it says of damaged files and videos is told in our words."""
    if hasattr(cv2, "setLogLevel"):
        cv2.setLogLevel(_SILENT)
    else:  # from version 5 on
        vars(cv2.utils)["logging"].setLogLevel(_SILENT)
