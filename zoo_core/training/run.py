"""What a training leaves, as `zoo_core.train` gives it."""

from __future__ import annotations

from zoo_core.config.run_folder import RunFolder
from zoo_core.engines.opening import new_detector
from zoo_core.prediction.detector import Detector

__all__ = ["Run"]


class Run(RunFolder):
    """A run folder, with the detector that was trained in it."""

    def detector(self) -> Detector:
        """The trained detector."""
        return new_detector(self.config, self.weights)
