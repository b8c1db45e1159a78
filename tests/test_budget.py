"""The quick run tries fewer examples of each property, and a test that works too long fails."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import pytest
from hypothesis import given, settings, strategies as st

tried = {"usual": set(), "few": set()}

@settings(max_examples=90)
@given(number=st.integers())
@pytest.mark.parametrize("twice", [1, 2])
def test_usual(twice, number):
    tried["usual"].add((twice, number))

class TestFew:
    @settings(max_examples=5)
    @given(number=st.integers())
    def test_few(self, number):
        tried["few"].add(number)

def test_count():
    assert {name: len(each) for name, each in tried.items()} == EXPECTED
"""


@pytest.mark.parametrize(("arguments", "usual"), [([], 18), (["--hypothesis-profile=thorough"], 180)])
def test_a_tenth_of_the_examples_is_tried_unless_all_are_asked_for(pytester, arguments, usual):
    pytester.makepyfile(TESTS.replace("EXPECTED", repr({"usual": usual, "few": 5})))
    pytester.runpytest("-p", "tests.budget", *arguments).assert_outcomes(passed=4)


def test_one_contract_starts_a_program_in_the_quick_run(pytester):
    pytester.makepyfile("""
        class TestOne:
            def test_light_half_is_light(self):
                pass

        class TestOther:
            def test_light_half_is_light(self):
                assert False

            def test_is_registered(self):
                pass
    """)
    pytester.makeini("[pytest]\nmarkers = slow")
    pytester.runpytest("-p", "tests.budget", "-m", "not slow").assert_outcomes(passed=2, deselected=1)
    pytester.runpytest("-p", "tests.budget").assert_outcomes(passed=2, failed=1)


def test_who_works_too_long_has_to_be_marked_slow(pytester, monkeypatch):
    pytester.makepyfile("""
        import subprocess, sys, time
        import pytest

        def work():
            until = time.process_time() + 0.1
            while time.process_time() < until:
                pass

        def test_quick():
            time.sleep(0.1)

        def test_works():
            work()

        def test_starts_a_program_that_works():
            subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.1: pass"])

        @pytest.mark.slow
        def test_slow():
            work()
    """)
    pytester.makeini("[pytest]\nmarkers = slow")
    with monkeypatch.context() as while_running:
        while_running.setattr("tests.budget.MOST_SECONDS", 0.05)
        done = pytester.runpytest("-p", "tests.budget")
    done.assert_outcomes(passed=2, failed=2)
    done.stdout.fnmatch_lines(["it worked for 0.* s: mark it slow, or let it work for less than 0.05 s"])
