"""What keeps `make test` quick: fewer examples of each property, and an end for tests that work too long.

``--hypothesis-profile=thorough``, as `make test-all` has it, tries every example.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

THOROUGH = "thorough"
MOST_SECONDS = 20.0
"""Of work, in the test and in the programs that it starts, which a busy machine does not lengthen."""
_SHARE, _LEAST = 5, 10
"""One of so many examples is tried, and at least so many."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Make the profile known before hypothesis looks for it."""
    settings.register_profile(THOROUGH)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Try fewer examples, unless all are asked for."""
    if config.getoption("--hypothesis-profile") == THOROUGH:
        return
    tests = {getattr(item.obj, "__func__", item.obj) for item in items if isinstance(item, pytest.Function)}
    for test in tests:
        if whole := getattr(test, "_hypothesis_internal_use_settings", None):
            fewer = min(whole.max_examples, max(_LEAST, whole.max_examples // _SHARE))
            test._hypothesis_internal_use_settings = settings(whole, max_examples=fewer)
    for contract in {item.cls for item in items if isinstance(item, pytest.Function) and hasattr(item.cls, "variants")}:
        contract.variants //= _SHARE


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that is not marked slow and works too long fails, though all else in it be well."""
    before = _work()
    result = yield
    seconds = _work() - before
    if seconds > MOST_SECONDS and not item.get_closest_marker("slow"):
        message = f"it worked for {seconds:.1f} s: mark it slow, or let it work for less than {MOST_SECONDS:g} s"
        pytest.fail(message, pytrace=False)
    return result


def _work() -> float:
    """Seconds of processor time of this process, and of programs that it started and that have ended."""
    return sum(os.times()[:4])
