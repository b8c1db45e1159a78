"""What is installed, whether it works, and what to do where it does not.

Every check is independent and none of them stops the others, so that the doctor works
exactly where something is broken: without MXNet, with a NumPy that it cannot use, with a
plugin that fails.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from zoo_core.common.cores import usable_cores
from zoo_core.common.errors import TrainingError, ZooError
from zoo_core.common.messages import counted, listed
from zoo_core.common.optional_packages import OPTIONAL, version_of, way_to_get
from zoo_core.common.versions import installed_version
from zoo_core.registry.discovery import unknown_names
from zoo_core.registry.installing import way_to_parts
from zoo_core.registry.probing import examined_registry

__all__ = ["Check", "examine"]


class Check(NamedTuple):
    """One thing that was looked at.

    Attributes:
        name: name of what was looked at.
        found: what is there, in plain words.
        remedy: what to do about it; None when all is well.
        more: what would be possible with it, and how to get it; None unless it is left out of this installation.
    """

    name: str
    found: str
    remedy: str | None = None
    more: str | None = None


class _Extra(NamedTuple):
    """What can be installed with the core.

    Attributes:
        modules: that it brings; the first of them tells whether it was meant to be here.
        work: what it makes possible.
    """

    modules: tuple[str, ...]
    work: str


_EXTRAS = (
    _Extra(("cv2", "PIL", "defusedxml", "jinja2", "matplotlib", "supervision"), "read, check, draw and score data"),
    _Extra(("fastapi", "uvicorn", "prometheus_client", "python_multipart"), "serve detectors over HTTP"),
    _Extra(("onnxruntime",), "run and score exported detectors"),
    _Extra(("openvino",), "run them with OpenVINO"),
    _Extra(("ray",), "use several machines"),
    _Extra(("torch",), "run, train and export, without MXNet, detectors that it has made"),
    _Extra(("mxnet", "onnx", "grain", "tensorboardX"), "make new detectors, train, run, score and export them"),
)


_TRIED = ("mxnet", "torch", "onnxruntime", "openvino")
"""Packages of which it is not enough that they are here."""


def examine() -> Iterator[Check]:
    """Look at everything, one check after the other; the last ones import MXNet and take seconds."""
    yield Check("python", f"{platform.python_version()} ({sys.executable})")
    yield Check("platform", f"{platform.platform()}, {usable_cores()} cores")
    yield Check("installation", _possible())
    yield from _plugins()
    yield Check("numpy", metadata.version("numpy"))
    for extra in _EXTRAS:
        yield from _packages(extra)
    for module, look in (("onnxruntime", _onnxruntime), ("openvino", _openvino), ("torch", _torch)):
        if version_of(module):
            yield _tried(module, look, way_to_get(module))
    if version_of("mxnet"):
        yield from _engine()


def _possible() -> str:
    """Which installation this is, and what it is for."""
    here = [each for each in _EXTRAS if version_of(each.modules[0])]
    kind = OPTIONAL[here[-1].modules[0]][1] if here else "zoo-core alone"
    return f"{kind}: to {listed(each.work for each in here)}" if here else f"{kind}: to list, show and check detectors"


def _packages(extra: _Extra) -> Iterator[Check]:
    """The packages of an extra that is here; one line for one that is left out."""
    first, *_ = extra.modules
    if not version_of(first):
        yield Check(_distribution(first), "not installed", more=f"to {extra.work}: {way_to_get(first)}")
        return
    for module in extra.modules:
        if module not in _TRIED:
            version = version_of(module)
            yield Check(_distribution(module), version or "not installed", None if version else way_to_get(module))


def _distribution(module: str) -> str:
    return OPTIONAL[module][0][0]


def _plugins() -> Iterator[Check]:
    registry = examined_registry()
    for plugin in registry.plugins:
        name, version = f"plugin {plugin.name}", f"{plugin.distribution} {plugin.version}"
        if problem := registry.problem_of(plugin):
            remedy = f"repair {plugin.distribution}, or set ZOO_BLOCK={plugin.name}"
            yield Check(name, f"{version}: {problem}", remedy if plugin.problem else "see `zoo plugins`")
        elif plugin.left_out:
            yield Check(name, f"{version}: left out by {plugin.left_out}")
        else:
            parts = [name for kind, name in registry.parts_of(plugin) if kind != "weights"]
            yield Check(name, f"{version}: {counted(len(parts), 'part')}")
    for unknown in unknown_names(registry.plugins):
        yield Check("plugins", unknown, "correct the variable, or unset it")
    if not any(registry.components(kind) for kind in ("backbone", "anchors", "targets", "loss")):
        found = "no network part is installed"
        trains = version_of("mxnet")
        more = None if trains else f"to check and plan detectors: {way_to_parts()}"
        yield Check("parts", found, way_to_parts() if trains else None, more)


def _engine() -> Iterator[Check]:
    """MXNet and GluonCV: whether they import, with which fixes, on which devices, and whether sums are right."""
    from zoo_core.engines.gluon.compatibility import applied_fixes

    mxnet = _imported("mxnet")
    yield mxnet
    if installed_version("zoo-gluoncv-ssd"):
        yield _imported("gluoncv")
    if mxnet.remedy:
        return
    for fix in applied_fixes:
        yield Check("fix applied", fix)
    yield _tried("devices", _devices, "use --set device=cpu")
    said = os.environ.get("OMP_NUM_THREADS", "not set")
    yield Check("threads", f"OMP_NUM_THREADS is {said} on {usable_cores()} cores")
    yield _tried("computation", _computation, "reinstall mxnet")


def _imported(package: str) -> Check:
    from zoo_core.engines.gluon.compatibility import import_quietly

    version, remedy = installed_version(package), way_to_get(package)
    if version is None:
        return Check(package, "not installed", remedy)
    return _tried(package, lambda: f"{version} in {Path(import_quietly(package).__file__).parent}", remedy)


def _onnxruntime() -> str:
    """The version of ONNX Runtime, and what it was built to compute with."""
    import onnxruntime

    from zoo_core.engines.onnx.runtimes.on_onnxruntime import devices_here

    return f"{onnxruntime.__version__}, for device {listed(devices_here())}"


def _openvino() -> str:
    """The version of OpenVINO, and in what each device that it sees computes."""
    from zoo_core.engines.onnx.runtimes.on_openvino import precisions_here, the_core

    devices = the_core().available_devices
    able = listed(f"{each.lower().replace('.', ':')} ({listed(precisions_here(each))})" for each in devices)
    return f"{version_of('openvino')}, on device {able}"


def _torch() -> str:
    """The version of PyTorch, where it computes, and that sums are right."""
    import torch

    ones = torch.ones(1, 1, 4, 4)
    _require_nines(torch.nn.functional.conv2d(ones, torch.ones(1, 1, 3, 3)).tolist())
    gpus = [f"gpu:{index}" for index in range(torch.cuda.device_count())]
    gpus += ["mps"] if torch.backends.mps.is_available() else []
    return f"{torch.__version__}, on {listed(['cpu', *gpus])}; a convolution returns the right result"


def _devices() -> str:
    from zoo_core.engines.gluon.device import devices

    return listed(str(device) for device in devices())


_NINES = [[[[9.0, 9.0], [9.0, 9.0]]]]


def _computation() -> str:
    """A convolution of which the result is known."""
    from zoo_core.engines.gluon import mx

    ones = mx.nd.ones((1, 1, 4, 4))
    sums = mx.nd.Convolution(ones, mx.nd.ones((1, 1, 3, 3)), kernel=(3, 3), num_filter=1, no_bias=True).asnumpy()
    _require_nines(sums.tolist())
    return "a convolution returns the right result"


def _require_nines(sums: object) -> None:
    if sums != _NINES:
        raise TrainingError(f"a convolution of ones gave {sums}, not nines")


def _tried(name: str, look: Callable[[], str], remedy: str) -> Check:
    """A look at something that can fail in every way in which a foreign library can."""
    try:
        return Check(name, look())
    except Exception as error:  # noqa: BLE001 -- what a broken installation raises is not known beforehand
        reason = str(error) if isinstance(error, ZooError) else f"{type(error).__name__}: {error}"
        return Check(name, reason, remedy)
