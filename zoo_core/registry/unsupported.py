"""Detectors of other libraries that are left out of the zoo on purpose, so that whoever asks for one is told why."""

from __future__ import annotations

import re

__all__ = ["why_unsupported"]

_UNSUPPORTED = {
    r"center_net_.*_dcnv2_": "deformable convolutions (DCNv2) are not supported, because neither MXNet's converter to "
    "ONNX nor PyTorch has them",
    r"center_net_(dla34|mobilenetv3)": "of GluonCV's CenterNets those with a ResNet are supported",
    r"(custom_)?(faster|mask|doublehead)_rcnn_": "detectors of two stages are not supported, because their second "
    "stage has as many boxes as the first finds, so that no shape can be checked before anything runs; what another "
    "tool finds with one can be scored here (zoo eval FILE.json)",
    r"(ssd|yolo3)_.*_int8$": "MXNet's own quantised graphs are not supported; zoo export RUN FILE.onnx --int8 FOLDER "
    "quantises any detector",
}
"""Why, by how their names begin."""


def why_unsupported(name: str) -> str | None:
    """Why a detector that another library has under this name, or its weights, cannot be used; None where it is none.

    Args:
        name: without library and package.
    """
    return next((why for beginning, why in _UNSUPPORTED.items() if re.match(beginning, name)), None)
