"""Training that starts from the weights of another detector, and what became of each of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from zoo_core.common.errors import ConfigError, Problem, RunError
from zoo_core.common.messages import counted, did_you_mean, listed
from zoo_core.common.numerals import whole_number
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.weights import WeightsSettings
from zoo_core.engines.class_layers import ClassLayers, Shape
from zoo_core.engines.gluon.weights import parameters_of, put, read_weights
from zoo_core.engines.likely_causes import likely_cause
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
    classes = ClassLayers(network)
    reused = _ReusedRows(config, source, classes, stored, shapes)
    layers = []
    for name, parameter in parameters.items():
        if name not in stored:
            layers.append(LayerReport(name, "new", "the source has no such parameter"))
        elif classes.rows_of(name) and (report := reused.put(name, parameter)):
            layers.append(report)
        elif stored[name].shape == shapes[name]:
            put(parameter, stored[name])
            layers.append(LayerReport(name, "loaded"))
        else:
            layers.append(LayerReport(name, "new", _misfit(name, stored, shapes, classes)))
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


def _misfit(name: str, stored: Mapping[str, NDArray[Any]], shapes: Mapping[str, Shape], classes: ClassLayers) -> str:
    cause = likely_cause(name, stored, shapes, classes)
    return f"{stored[name].shape} in the source, {shapes[name]} in the network{cause}"


class _ReusedRows:
    """The rows of layers that belong to classes which the source knows, too."""

    def __init__(
        self,
        config: DetectorConfig,
        source: WeightSource,
        classes: ClassLayers,
        stored: Mapping[str, NDArray[Any]],
        shapes: Mapping[str, Shape],
    ) -> None:
        self._names, self._layers, self._stored, self._shapes = config.classes, classes, stored, shapes
        self._stored_shapes = {name: each.shape for name, each in stored.items()}
        trained_for = classes.trained_for(self._stored_shapes)
        self._rows = _class_rows(
            config.weights, config.classes, _old_classes(config.weights, source, trained_for), trained_for
        )
        theirs, ours = source.config.loss.scoring if source.config else config.loss.scoring, config.loss.scoring
        self._other_scores = f"its scores are for {theirs}, and here for {ours}" if theirs is not ours else ""

    def put(self, name: str, parameter: Any) -> LayerReport | None:
        """Set the rows of no class and those of the classes that are reused; the first axis is (anchor, number).

        Returns:
            None where the source has other anchors.
        """
        layer = name.rpartition(".")[0]
        rows, anchors = self._layers.rows_of(name), self._layers.anchors(layer, self._shapes)
        if self._layers.anchors(layer, self._stored_shapes) != anchors or rows is None:
            return None
        shape, old = self._shapes[name], self._stored[name]
        if self._other_scores or old.shape[1:] != shape[1:] or len(old) % anchors:
            why = self._other_scores or _misfit(name, self._stored, self._shapes, self._layers)
            return LayerReport(name, "new", why)
        new, old = (each.reshape(anchors, -1, *shape[1:]) for each in (parameter.data().asnumpy(), old))
        kept = [*range(rows.before)]
        here, there = ([*kept, *(rows.before + index for index in each)] for each in (self._rows, self._rows.values()))
        new[:, here] = old[:, there]
        put(parameter, new.reshape(shape))
        if len(self._rows) == len(self._names):
            return LayerReport(name, "loaded")
        fresh = [each for index, each in enumerate(self._names) if index not in self._rows]
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
    # The keys of a table in JSON are always strings.
    index = given if isinstance(given, int) else whole_number(given)
    if index is not None:
        if index < count:
            return index
        raise _wrong("reuse", f"{whose} has {counted(count, 'class', 'classes')}, counted from 0, but no {given}")
    if names is None:
        raise _wrong("reuse", f"the names of the classes of {whose} are not known: give weights.classes, or indices")
    guess = did_you_mean(str(given), names, otherwise=";")
    raise _wrong("reuse", f"{whose} has no class {given!r}{guess} it has {listed(names)}")


def _wrong(setting: str, message: str) -> ConfigError:
    return ConfigError("configuration", [Problem(f"weights.{setting}", message)])
