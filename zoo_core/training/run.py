"""What a training leaves, as `zoo_core.train` gives it."""

from __future__ import annotations

from zoo_core.common.errors import RunError
from zoo_core.common.files import is_file
from zoo_core.common.json_file import read_json
from zoo_core.common.notebook import details, heading, picture, table
from zoo_core.config.run_folder import RunFolder
from zoo_core.engines.opening import new_detector
from zoo_core.prediction.detector import Detector

__all__ = ["Run"]

_SCORES = {
    "mAP, VOC 2007": ("map_voc07",),
    "mAP, VOC 2010": ("map_voc10",),
    "AP, COCO": ("coco", "ap"),
    "AP50": ("coco", "ap50"),
    "AP75": ("coco", "ap75"),
}


class Run(RunFolder):
    """A run folder, with the detector that was trained in it."""

    def detector(self) -> Detector:
        """The trained detector."""
        return new_detector(self.config, self.weights)

    def _repr_html_(self) -> str:
        """The scores, the curves, and all settings on demand, for notebooks."""
        parts = [heading(f"{self.folder}: {self.config.backbone.name} at {self.config.input_size}")]
        if is_file(self.metrics):
            parts.append(table(self._scores()))
        if is_file(self.curves):
            parts.append(picture(self.curves.read_bytes(), "loss, score, learning rate and speed over the steps"))
        return "".join([*parts, details("all settings", self.config.to_yaml())])

    def _scores(self) -> list[tuple[str, str]]:
        found = read_json(self.metrics, RunError)
        rows = []
        for title, path in _SCORES.items():
            value = found
            for key in path:
                value = value[key]
            rows.append((title, "not defined" if value is None else f"{value:.3f}"))
        return rows
