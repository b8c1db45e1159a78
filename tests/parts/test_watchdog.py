"""Limits of time: kept in their own order, lifted, by one thread."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from zoo_core.common.errors import PluginError
from zoo_core.parts import watchdog
from zoo_core.parts.guarding import Guarded


def test_limits_need_one_thread_together():
    with Guarded():
        before = threading.active_count()
        for _ in range(100):
            with Guarded():
                assert threading.active_count() == before


def test_a_limit_within_a_longer_one_is_kept():
    waiting = threading.Event()
    with Guarded(60), pytest.raises(PluginError, match=r"stopped after 0\.05 s"), Guarded(0.05):
        waiting.wait(30)


def test_limits_end_in_the_order_of_their_time_and_lifted_ones_never():
    ended, over = [], threading.Event()
    calls = {seconds: (lambda seconds=seconds: ended.append(seconds)) for seconds in (0.06, 0.02, 0.04)}
    for seconds, call in calls.items():
        watchdog.limit(seconds, call)
    watchdog.limit(0.08, over.set)
    watchdog.lift(calls[0.04])
    assert over.wait(30)
    assert ended == [0.02, 0.06]


FORKED = """
import os
from zoo_core.parts.guarding import Guarded
with Guarded(60):
    pass
child = os.fork()
if not child:
    try:
        with Guarded(0.05):
            while True:
                pass
    except Exception as error:
        os._exit(7 if "0.05 s" in str(error) else 8)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_limits_are_kept_in_a_forked_process():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "7\n"
