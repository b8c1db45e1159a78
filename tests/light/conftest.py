"""Where all is installed, these programs say what those of `tests/cli` do; `make test-light` has them without MXNet."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them slow; `tests/light/run` reads no conftest, and runs all."""
    for item in items:
        if item.path.name == "test_without_mxnet.py":
            item.add_marker("slow")
