"""GluonCV's own SSD, to which everything here is held."""

import warnings
from types import SimpleNamespace

import pytest

from zoo_core.gluon.compatibility import import_quietly


@pytest.fixture(scope="session")
def gluoncv():
    """GluonCV's classes by their own names, and `model(name)`: a network of its zoo without weights."""
    package = import_quietly("gluoncv")

    def model(name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # building a SymbolBlock warns of a type that it guesses
            return package.model_zoo.get_model(name, pretrained_base=False)

    return SimpleNamespace(
        SSDAnchorGenerator=import_quietly("gluoncv.model_zoo.ssd.anchor").SSDAnchorGenerator,
        SSDTargetGenerator=import_quietly("gluoncv.model_zoo.ssd.target").SSDTargetGenerator,
        SSDMultiBoxLoss=import_quietly("gluoncv.loss").SSDMultiBoxLoss,
        model=model,
    )
