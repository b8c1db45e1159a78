"""Where pictures come from: files, folders, patterns, videos, addresses, and what Python code gives."""

from __future__ import annotations

from typing import Any

__all__ = ["Source"]

Source = Any
"""An image: a path, an address, an array (H, W, 3) uint8 RGB, or a PIL image."""
