"""Wrong files are refused, and right ones are not."""

import numpy as np
import pytest

import zoo_core as zoo
from tests.onnx.tampering import WRONG
from zoo_core.errors import ExportError
from zoo_core.onnx import exporting


@pytest.fixture(scope="module", params=["spread", "new", "one class"])
def detectors(): ...
