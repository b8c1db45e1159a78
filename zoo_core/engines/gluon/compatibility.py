"""Makes MXNet 1.9.1 and GluonCV, both retired, import and run on today's Python.

Nothing here happens unless MXNet is used. What was done is kept in `applied_fixes` for
``zoo doctor``.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from zoo_core.common.cores import usable_cores
from zoo_core.common.errors import MissingPackageError
from zoo_core.common.optional_packages import missing, mxnet_obstacle

__all__ = ["applied_fixes", "import_quietly"]

applied_fixes: list[str] = []
"""Descriptions of what was changed in this process to make MXNet run."""

_REMOVED_NUMPY_NAMES = {"bool": bool, "int": int, "float": float, "object": object}


def import_quietly(name: str) -> Any:
    """The module `name` (mxnet or gluoncv), imported with the fixes in place and its own warnings silenced.

    Raises:
        MissingPackageError: it is not installed, or cannot run with the installed numpy.
    """
    if loaded := sys.modules.get(name):
        return loaded
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        raise missing(ModuleNotFoundError(name=name))
    _check_numpy()
    _use_all_cores()
    _restore_numpy_names()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _restore_distutils()
        _restore_scipy_names()
        try:
            with _no_torch_for(name), _later("scipy.stats"):
                module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise MissingPackageError(
                f"this needs {error.name}, which is not installed: pip install 'zoo-core[mxnet]'"
            ) from error
    _free_copied_graphs()
    return module


@contextmanager
def _no_torch_for(name: str) -> Iterator[None]:
    """GluonCV refuses to be imported beside PyTorch 2 or newer, of which its SSD needs nothing."""
    if name.partition(".")[0] != "gluoncv" or "gluoncv" in sys.modules or importlib.util.find_spec("torch") is None:
        yield
        return
    hidden = {each: sys.modules.pop(each) for each in list(sys.modules) if each.partition(".")[0] == "torch"}
    sys.modules["torch"] = None  # type: ignore[assignment]  # Python's own way to say that there is none
    try:
        yield
    finally:
        del sys.modules["torch"]
        sys.modules.update(hidden)
    applied_fixes.append("torch: out of sight while GluonCV is imported, which refuses to run beside PyTorch 2")


class _Later(ModuleType):
    """Stands for a module, which is imported when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self.__name__)
        if module is self:
            raise AttributeError(name)
        return getattr(module, name)


@contextmanager
def _later(name: str) -> Iterator[None]:
    """MXNet imports scipy.stats, which takes a third of the time, and computes nothing with it here."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _Later(name)
    try:
        yield
    finally:
        del sys.modules[name]


def _check_numpy() -> None:
    import numpy as np

    if int(np.__version__.partition(".")[0]) >= 2:
        raise MissingPackageError(
            f"MXNet cannot run with numpy {np.__version__}: "
            + (mxnet_obstacle() or "pip install 'zoo-core[mxnet]' brings one below 2")
        )


def _use_all_cores() -> None:
    """MXNet takes half of the cores unless it is told otherwise before it is imported."""
    if "mxnet" not in sys.modules and "OMP_NUM_THREADS" not in os.environ:
        cores = usable_cores()
        os.environ["OMP_NUM_THREADS"] = str(cores)
        applied_fixes.append(f"OMP_NUM_THREADS={cores}: MXNet would have used half of the cores")


def _restore_numpy_names() -> None:
    """MXNet and GluonCV use names that numpy 1.24 removed."""
    import numpy as np

    missing = [name for name in _REMOVED_NUMPY_NAMES if name not in vars(np)]
    for name in missing:
        setattr(np, name, _REMOVED_NUMPY_NAMES[name])
    if missing:
        applied_fixes.append(f"numpy {', '.join(missing)}: restored names that numpy removed")


def _restore_distutils() -> None:
    """MXNet imports distutils, which Python 3.12 removed and setuptools brings back."""
    try:
        importlib.import_module("distutils.version")
    except ModuleNotFoundError:
        try:
            importlib.import_module("setuptools")
            importlib.import_module("distutils.version")
        except ModuleNotFoundError:
            raise MissingPackageError(
                "MXNet needs distutils, which this Python no longer has: pip install 'setuptools<81'"
            ) from None
        applied_fixes.append("distutils: taken from setuptools")


def _restore_scipy_names() -> None:
    """MXNet looks at scipy.sparse.csr.csr_matrix for every array it makes, and is warned each time."""
    try:
        csr = importlib.import_module("scipy.sparse.csr")
        sparse = importlib.import_module("scipy.sparse")
    except ModuleNotFoundError:
        return  # MXNet works without scipy
    if "csr_matrix" in vars(csr):
        return
    csr.csr_matrix = sparse.csr_matrix  # type: ignore[attr-defined]
    applied_fixes.append("scipy.sparse.csr: its class is put where MXNet looks for it")


def _free_copied_graphs() -> None:
    """Symbol.tojson, of which every export makes use, copies the graph and never frees the copy."""
    base, symbol = importlib.import_module("mxnet.base"), importlib.import_module("mxnet.symbol").Symbol
    original = symbol.tojson
    if original.__module__ == __name__:
        return

    def tojson(self: Any, remove_amp_cast: bool = True) -> str:
        if remove_amp_cast:
            copied = base.SymbolHandle()
            base.check_call(base._LIB.MXSymbolRemoveAmpCast(self.handle, ctypes.byref(copied)))  # noqa: SLF001
            self = symbol(copied)  # which is freed with this name
        return str(original(self, remove_amp_cast=False))

    symbol.tojson = tojson
    applied_fixes.append("Symbol.tojson: frees the copy that it makes of a graph")
