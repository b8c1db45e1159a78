"""Which of the optional packages a module belongs to, and how to get it.

The core installs without an image library and without an engine; what needs them says so.
"""

from __future__ import annotations

from zoo_core.common.errors import MissingPackageError

__all__ = ["OPTIONAL", "missing"]

_IMAGES, _ONNX, _MXNET = "zoo-core[images]", "zoo-core[onnx]", "zoo-core[mxnet]"

OPTIONAL: dict[str, tuple[tuple[str, ...], str]] = {
    "cv2": (("opencv-python", "opencv-python-headless"), _IMAGES),
    "PIL": (("pillow",), _IMAGES),
    "defusedxml": (("defusedxml",), _IMAGES),
    "jinja2": (("jinja2",), _IMAGES),
    "supervision": (("supervision",), _IMAGES),
    "onnx": (("onnx",), _MXNET),
    "onnxruntime": (("onnxruntime", "onnxruntime-gpu"), _ONNX),
    "grain": (("grain",), _MXNET),
    "mxnet": (("mxnet",), _MXNET),
    "torch": (("torch",), "zoo-core[torch]"),
    "gluoncv": (("gluoncv",), "zoo-gluoncv-ssd[mxnet]"),
}
"""For each module the distributions that bring it, any of which will do, and what to install."""


def missing(error: ModuleNotFoundError) -> MissingPackageError:
    """The same in words that say what to install, where that is known."""
    module = (error.name or "").partition(".")[0]
    if module not in OPTIONAL:
        return MissingPackageError(f"this needs the module {module!r}, which is not installed")
    (distribution, *_), extra = OPTIONAL[module]
    return MissingPackageError(f"this needs {distribution}, which is not installed: pip install '{extra}'")
