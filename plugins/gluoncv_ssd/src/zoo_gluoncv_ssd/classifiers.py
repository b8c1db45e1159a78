"""Weights of ImageNet's classification networks, as those of GluonCV's and MXNet's model zoos, for backbones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.plugin_api import import_quietly, match_names

__all__ = ["Arrays", "base_network", "vgg16_atrous"]

Arrays = Mapping[str, NDArray[Any]]

_CAFFE_SCALE = 255 * np.array([0.229, 0.224, 0.225], np.float32)
"""By which GluonCV's dilated VGG multiplies a normalised image, and a classification network does not."""


def base_network(stored: Arrays, network: str, parameters: Mapping[str, str]) -> dict[str, NDArray[Any]] | None:
    """The arrays of a classification network that is part of a backbone as it is.

    Args:
        stored: arrays of a file that `save_parameters`, `save_params`, `collect_params().save` or `export` wrote, with
            an output layer for any number of classes.
        network: its name in GluonCV's model zoo; MXNet's has the same network by that name.
        parameters: our names of the backbone's parameters, by those in its graph without that of the backbone.

    Returns:
        Arrays by our names, and those that the backbone does not need by their names in the graph.
        None where the file is not of this network, be it that it has an array too many.
    """
    block = _block(network)
    arrays = _graph_arrays(stored, block)
    kind = re.sub(r"\d*_$", "", block.prefix)  # resnetv1 and a number, in one word
    ours = {match[1]: name for each, name in parameters.items() if (match := re.match(rf"{kind}\d*_(.+)", each))}
    return None if arrays is None else {ours.get(name, name): array for name, array in arrays.items()}


def vgg16_atrous(stored: Arrays, parameters: Mapping[str, str]) -> dict[str, NDArray[Any]] | None:
    """The arrays of the classification network VGG-16, as its dilated form for detection takes them.

    The first two fully connected layers become convolutions of a quarter of the channels, of which the first has
    every third weight in both directions.

    Args:
        stored: as for `base_network`.
        parameters: likewise.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 3, and the code of it (fully connected
    layers); GluonCV 0.10.5, gluoncv/model_zoo/ssd/vgg_atrous.py (scale of the input).
    """
    arrays = _graph_arrays(stored, _block("vgg16"))
    if arrays is None:
        return None
    arrays["conv0_weight"] = arrays["conv0_weight"] / _CAFFE_SCALE.reshape(1, 3, 1, 1)
    if arrays["dense0_weight"].shape == (4096, 512 * 7 * 7):  # or it is for images of another size
        of_first, of_second = arrays.pop("dense0_weight"), arrays.pop("dense1_weight")
        arrays["dilated_conv0_weight"] = of_first.reshape(4096, 512, 7, 7)[::4, :, ::3, ::3]
        arrays["dilated_conv1_weight"] = of_second[::4, ::4, np.newaxis, np.newaxis]
        for layer in (0, 1):
            arrays[f"dilated_conv{layer}_bias"] = arrays.pop(f"dense{layer}_bias")[::4]
    ours = {each.removeprefix("vggatrousextractor0_"): name for each, name in parameters.items()}
    return {ours.get(name, name): array for name, array in arrays.items()}


def _block(network: str) -> Any:
    return import_quietly("gluoncv.model_zoo").get_model(network, pretrained=False)


def _graph_arrays(stored: Arrays, block: Any) -> dict[str, NDArray[Any]] | None:
    """The arrays of a file by their names in the graph without that of the network; None where it is of another."""
    parameters = block._collect_params_with_prefix()  # noqa: SLF001  # gluon's way
    by_structure = {name: parameter.name.removeprefix(block.prefix) for name, parameter in parameters.items()}
    for known in (by_structure, {name: name for name in by_structure.values()}):
        names = match_names(stored, known)
        if len(names) == len(stored) and set(names.values()) == set(by_structure.values()):
            return {names[name]: array for name, array in stored.items()}
    return None
