"""Training that starts from the weights of another detector, and what became of each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from zoo_core.common.errors import ConfigError, Problem, RunError
from zoo_core.common.messages import counted, did_you_mean, listed
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.weights import WeightsSettings
from zoo_core.engines.gluon.weights import parameters_of, put, read_weights
from zoo_core.engines.likely_causes import class_count, likely_cause
from zoo_core.engines.params_file import read_params
from zoo_core.engines.transfer_report import LayerReport, TransferReport
from zoo_core.engines.weight_arrays import require_finite
from zoo_core.engines.weight_sources import WeightSource, weight_source

__all__ = ["start_from"]


def start_from(network: Any, config: DetectorConfig, given: str) -> TransferReport:
    """Set what fits of a network from a source of weights; everything else stays unchanged.

    Args:
        network: with new weights.
        config: configuration of the network.
        given: as for `weight_source`.

    Raises:
        RunError: the source does not exist, is damaged, or nothing of it fits.
        ConfigError: ``weights.reuse`` or ``weights.classes`` names a class that does not exist.
    """
    source = weight_source(given)
    stored, parameters = _arrays(network, source.file), parameters_of(network)
    require_finite(stored, source.file)
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    trained_for = class_count({name: each.shape for name, each in stored.items()})
    rows = _class_rows(config.weights, config.classes, _old_classes(config.weights, source, trained_for), trained_for)
    layers = []
    for name, parameter in parameters.items():
        if name not in stored:
            layers.append(LayerReport(name, "new", "the source has no such parameter"))
        elif name.startswith("class_predictors.") and _anchors(name, stored) == _anchors(name, shapes):
            layers.append(_reuse_rows(name, parameter, stored, shapes, rows, config.classes))
        elif stored[name].shape == shapes[name]:
            put(parameter, stored[name])
            layers.append(LayerReport(name, "loaded"))
        else:
            layers.append(LayerReport(name, "new", _misfit(name, stored, shapes)))
    if all(layer.fate == "new" for layer in layers):
        raise RunError(f"{source.file}: nothing in it fits this network; its first parameters: {listed([*stored][:5])}")
    left = [
        LayerReport(name, "left out", "this network has no such parameter") for name in stored.keys() - shapes.keys()
    ]
    return TransferReport(given, (*layers, *sorted(left)))


def _arrays(network: Any, file: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file by our names for the parameters of a network, or of the classification network in it."""
    from_classifier = getattr(network.backbone, "from_classifier", None)
    taken = from_classifier(read_params(file)) if from_classifier else None
    if taken is None:
        return read_weights(network, file)
    own = network.backbone._collect_params_with_prefix()  # noqa: SLF001  # gluon has no other way
    return {f"backbone.{name}" if name in own else name: array for name, array in taken.items()}


def _misfit(name: str, stored: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int, ...]]) -> str:
    cause = likely_cause(name, stored, shapes)
    return f"{stored[name].shape} in the source, {shapes[name]} in the network{cause}"


def _anchors(name: str, arrays: Mapping[str, Any]) -> int | None:
    """Anchors in a cell of the map of a class predictor, known from the bias of the box predictor."""
    index = name.split(".")[1]
    bias = arrays.get(f"box_predictors.{index}.bias")
    return None if bias is None else getattr(bias, "shape", bias)[0] // 4


def _reuse_rows(
    name: str,
    parameter: Any,
    stored: Mapping[str, NDArray[Any]],
    shapes: Mapping[str, tuple[int, ...]],
    rows: Mapping[int, int],
    classes: Sequence[str],
) -> LayerReport:
    """Set the rows of the background and of the classes that are reused; the first axis is (anchor, class)."""
    anchors = _anchors(name, shapes) or 1
    new = parameter.data().asnumpy().reshape(anchors, len(classes) + 1, *shapes[name][1:])
    old = stored[name].reshape(anchors, -1, *stored[name].shape[1:])
    if old.shape[2:] != new.shape[2:]:
        return LayerReport(name, "new", _misfit(name, stored, shapes))
    new[:, [0, *(index + 1 for index in rows)]] = old[:, [0, *(index + 1 for index in rows.values())]]
    put(parameter, new.reshape(shapes[name]))
    if len(rows) == len(classes):
        return LayerReport(name, "loaded")
    fresh = [each for index, each in enumerate(classes) if index not in rows]
    return LayerReport(name, "in part", f"rows of {listed(fresh)} are new")


def _old_classes(settings: WeightsSettings, source: WeightSource, trained_for: int | None) -> tuple[str, ...] | None:
    if settings.classes is not None:
        if trained_for is not None and len(settings.classes) != trained_for:
            raise _wrong(
                "classes",
                f"has {counted(len(settings.classes), 'name')}, but the source was trained for {trained_for} classes",
            )
        return settings.classes
    known = source.config.classes if source.config else None
    # A file named after a detector may hold other classes than that detector.
    return known if known and trained_for in (None, len(known)) else None


def _class_rows(
    settings: WeightsSettings, classes: tuple[str, ...], old: tuple[str, ...] | None, trained_for: int | None
) -> dict[int, int]:
    """Indices of our classes with the indices of the source's."""
    if settings.reuse is not None:
        return {
            _index(new, classes, len(classes), "this detector"): _index(each, old, trained_for or 0, "the source")
            for new, each in settings.reuse.items()
        }
    if old is not None:
        return {index: old.index(name) for index, name in enumerate(classes) if name in old}
    # Without names, equally many classes are taken to be the same ones.
    return {index: index for index in range(len(classes))} if trained_for == len(classes) else {}


def _index(given: str | int, names: tuple[str, ...] | None, count: int, whose: str) -> int:
    """The index of a class that is given by its name or its index."""
    if isinstance(given, str) and names is not None and given in names:
        return names.index(given)
    if isinstance(given, int) or given.isdigit():  # the keys of a table in JSON are always strings
        if int(given) < count:
            return int(given)
        raise _wrong("reuse", f"{whose} has {counted(count, 'class', 'classes')}, counted from 0, but no {given}")
    if names is None:
        raise _wrong("reuse", f"the names of the classes of {whose} are not known: give weights.classes, or indices")
    guess = did_you_mean(given, names, otherwise=";")
    raise _wrong("reuse", f"{whose} has no class {given!r}{guess} it has {listed(names)}")


def _wrong(setting: str, message: str) -> ConfigError:
    return ConfigError("configuration", [Problem(f"weights.{setting}", message)])
