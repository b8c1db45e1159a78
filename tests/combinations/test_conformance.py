"""The parts of the fake families keep every promise of their kinds, and so does SSD's head."""

import pytest

from tests.fake_families import plugin
from zoo_core.config.head import SsdHeadSettings
from zoo_core.testing import EncoderContract, HeadContract, LossContract, NeckContract

pytestmark = pytest.mark.usefixtures("families")


class TestSsd(HeadContract):
    settings = SsdHeadSettings()


class TestShared(HeadContract):
    settings = plugin.SharedHeadSettings()


class TestOneConv(HeadContract):
    settings = plugin.OneConvHeadSettings()


class TestTopDown(NeckContract):
    settings = plugin.TopDownSettings(), plugin.TopDownSettings(extra=0, coarsest_first=True)


class TestEncoders(EncoderContract):
    settings = plugin.SidesSettings(), plugin.CellSettings(), plugin.HeatmapSettings()


class TestLosses(LossContract):
    settings = plugin.FocalSettings(), plugin.YoloLossSettings(), plugin.HeatmapLossSettings()
