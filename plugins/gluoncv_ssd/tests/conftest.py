"""GluonCV's own SSD, to which everything here is held."""

import warnings
from types import SimpleNamespace

import pytest

from zoo_core.plugin_api import import_quietly


@pytest.fixture(scope="session")
def gluoncv():
    """GluonCV's classes by their own names, and `model(name)`: a network of its zoo without weights."""
    package, anchor = import_quietly("gluoncv"), import_quietly("gluoncv.model_zoo.ssd.anchor")
    presets = import_quietly("gluoncv.model_zoo.ssd.presets")

    def model(name, **settings):
        if name.endswith("_custom"):
            settings = {"classes": ["object"], **settings}
        make = getattr(presets, name.replace("1.0", "1_0").replace("0.25", "0_25"))  # one of them is in no registry
        # Anchors of 128x128 cells, as it makes without being told, take longer than the rest.
        few = {"pretrained_base": False, "anchor_alloc_size": 64}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # building a SymbolBlock warns of a type that it guesses
            return make(**few | settings)

    return SimpleNamespace(
        registered=package.model_zoo.get_model_list,
        anchor_generators={"ssd": anchor.SSDAnchorGenerator, "ssd_lite": anchor.LiteAnchorGenerator},
        SSDTargetGenerator=import_quietly("gluoncv.model_zoo.ssd.target").SSDTargetGenerator,
        SSDMultiBoxLoss=import_quietly("gluoncv.loss").SSDMultiBoxLoss,
        model=model,
    )
