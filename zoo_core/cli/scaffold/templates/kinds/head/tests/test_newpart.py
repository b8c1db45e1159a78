"""The promises of every head, and what this one promises besides."""

import pytest
from pydantic import ValidationError
from zoo_core.testing import HeadContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(HeadContract):
    settings = NewpartSettings(), NewpartSettings(kernel=1)


def test_an_even_kernel_is_refused():
    with pytest.raises(ValidationError, match="should be odd, as 1 or 3; given 2"):
        NewpartSettings(kernel=2)
