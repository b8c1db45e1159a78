"""Which of the optional packages a module belongs to, and how to get it.

The core installs without an image library and without an engine; what needs them says so.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from zoo_core.common.errors import MissingPackageError
from zoo_core.common.versions import installed_version

__all__ = ["OPTIONAL", "missing", "mxnet_obstacle", "needing", "version_of", "way_to_get"]

_IMAGES, _ONNX, _MXNET, _TORCH = (f"zoo-core[{each}]" for each in ("images", "onnx", "mxnet", "torch"))
_SERVE, _CLUSTER = "zoo-core[serve]", "zoo-core[cluster]"

OPTIONAL: dict[str, tuple[tuple[str, ...], str]] = {
    "cv2": (("opencv-python", "opencv-python-headless"), _IMAGES),
    "PIL": (("pillow",), _IMAGES),
    "defusedxml": (("defusedxml",), _IMAGES),
    "jinja2": (("jinja2",), _IMAGES),
    "matplotlib": (("matplotlib",), _IMAGES),
    "scipy": (("scipy",), _IMAGES),
    "supervision": (("supervision",), _IMAGES),
    "onnxruntime": (("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"), _ONNX),
    "openvino": (("openvino",), "zoo-core[openvino]"),
    "mxnet": (("mxnet",), _MXNET),
    "onnx": (("onnx",), _MXNET),
    "cloudpickle": (("cloudpickle",), _MXNET),
    "grain": (("grain",), _MXNET),
    "tensorboardX": (("tensorboardX",), _MXNET),
    "torch": (("torch",), _TORCH),
    "fastapi": (("fastapi",), _SERVE),
    "uvicorn": (("uvicorn",), _SERVE),
    "prometheus_client": (("prometheus-client",), _SERVE),
    "python_multipart": (("python-multipart",), _SERVE),
    "optuna": (("optuna",), "zoo-core[tune]"),
    "ray": (("ray",), _CLUSTER),
    "fsspec": (("fsspec",), _CLUSTER),
    "pyarrow": (("pyarrow",), _CLUSTER),
    "gluoncv": (("gluoncv",), "zoo-gluoncv-ssd[mxnet]"),
}
"""For each module the distributions that bring it, any of which will do, and what to install."""

_OF_BOTH = ("onnx", "cloudpickle", "grain", "tensorboardX")
"""What comes with PyTorch, too."""
_LAST_PYTHON = (3, 12)
_PLATFORMS = ("Linux x86_64", "Linux aarch64", "Darwin x86_64")
"""For which there are packages of MXNet."""
_ON_REQUEST = ("pandas",)
"""What single calls need, of which nobody is told before; module and distribution have one name."""


def version_of(module: str) -> str | None:
    """The version of the distribution that brings an optional module; None where none is installed."""
    return next(filter(None, map(installed_version, OPTIONAL[module][0])), None)


def missing(error: ModuleNotFoundError) -> MissingPackageError:
    """The same in words that say what to install, where that is known and can be installed here."""
    module = (error.name or "").partition(".")[0]
    if module in _ON_REQUEST:
        return MissingPackageError(f"this needs {module}, which is not installed: pip install {module}")
    if module not in OPTIONAL:
        return MissingPackageError(f"this needs the module {module!r}, which is not installed")
    return MissingPackageError(f"this needs {OPTIONAL[module][0][0]}, which is not installed: {way_to_get(module)}")


def way_to_get(module: str) -> str:
    """What to do where a module is not installed: a command, or where else to go if it cannot be had here."""
    extra = OPTIONAL[module][1]
    if module in _OF_BOTH and find_spec("mxnet") is None and (find_spec("torch") or mxnet_obstacle()):
        extra = _TORCH
    return (mxnet_obstacle() if "[mxnet]" in extra else None) or f"pip install '{extra}'"


def mxnet_obstacle() -> str | None:
    """Why MXNet cannot be installed here, and what to do instead; None where it can."""
    if sys.version_info[:2] > _LAST_PYTHON:
        return (
            "MXNet does not run on this Python; create an environment with Python 3.11 or 3.12, or run and train with "
            "PyTorch what MXNet has made: pip install 'zoo-core[torch]'"
        )
    here = f"{platform.system()} {platform.machine()}"
    if here not in _PLATFORMS:
        return f"there is no MXNet for {here}; use a machine or container with Linux on x86_64"
    return None


@contextmanager
def needing() -> Iterator[None]:
    """Where optional packages are imported.

    Raises:
        MissingPackageError: one of them is not installed, or refuses the others, as pyarrow 26 does NumPy 1.26.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise missing(error) from error
    except ImportError as error:
        raise MissingPackageError(f"this needs a package that is installed but cannot be imported: {error}") from error
