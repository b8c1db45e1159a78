"""What keeps `make test` quick: fewer examples of each property, less looking for garbage, an end for long tests.

``--hypothesis-profile=thorough``, as `make test-all` has it, tries every example.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

THOROUGH = "thorough"
MOST_SECONDS = 10.0
"""Of work, in the test and in the programs that it starts, which a busy machine does not lengthen."""
_SHARE, _LEAST = 10, 5
"""One of so many examples is tried, and at least so many."""
_YOUNG, _MIDDLE, _OLD = 100_000, 50, 1000
"""After how many new objects garbage is looked for, and after how many looks among older ones."""
_FRESH_PYTHON = "test_light_half_is_light"
"""The check of every contract that starts a program."""
_OTHER_SETTINGS = "test_other_settings_keep_the_promises"
"""The check of every contract that repeats others with settings that are near, the given ones first."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Make the profile known before hypothesis looks for it, and look for garbage less often from now on."""
    settings.register_profile(THOROUGH)
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Try fewer examples, unless all are asked for, and start one Python for all contracts.

    Other settings are slow altogether: of a tenth of them only those would be left that the other checks have.
    """
    functions = [item for item in items if isinstance(item, pytest.Function)]
    quick = [item for item in functions if not item.get_closest_marker("slow")]
    others = [item for item in quick if item.originalname == _OTHER_SETTINGS]
    for item in [*others, *[item for item in quick if item.originalname == _FRESH_PYTHON][1:]]:
        item.add_marker("slow")
    if config.getoption("--hypothesis-profile") == THOROUGH:
        return
    for test in {getattr(item.obj, "__func__", item.obj) for item in functions}:
        if whole := getattr(test, "_hypothesis_internal_use_settings", None):
            test._hypothesis_internal_use_settings = settings(whole, max_examples=_fewer(whole.max_examples))
    for contract in {item.cls for item in functions if hasattr(item.cls, "variants")}:
        contract.examples = _fewer(contract.examples)


def _fewer(examples: int) -> int:
    return min(examples, max(_LEAST, examples // _SHARE))


def pytest_collection_finish() -> None:
    """What is imported and collected by now is no garbage: to look through it time and again takes a fifth of a run."""
    gc.collect()
    gc.freeze()


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
