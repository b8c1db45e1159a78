"""The core's own readers keep every promise of their kind."""

import pytest

from zoo_core.data.settings import ShapesSettings, VocSettings
from zoo_core.testing import DatasetContract


class TestShapes(DatasetContract):
    settings = ShapesSettings(image_size=64)


class TestVoc(DatasetContract):
    class_names = ("RBC", "WBC", "Platelets")

    @pytest.fixture
    def settings(self, drawn_voc):
        return VocSettings(root=drawn_voc)
