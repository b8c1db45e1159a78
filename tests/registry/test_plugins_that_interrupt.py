"""A plugin that does not end is stopped; Ctrl-C of the user, and only that, ends the command."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from zoo_core.parts.guarding import Guarded

ENDLESS = {
    "it waits": "import time\ntime.sleep(60)",
    "it computes": "while True: pass",
    "it computes on after errors": """
        while True:
            try:
                while True: pass
            except Exception: pass
        """,
    "a hook": """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors():
            while True: pass
        """,
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_plugin_that_never_ends_is_stopped(install, discovered, monkeypatch, kind):
    monkeypatch.setattr(Guarded.__init__, "__defaults__", (0.3, ()))
    install("a-endless", ENDLESS[kind])
    install("b-good", loss="good")
    endless, good = discovered().plugins
    assert endless.problem == "does not end; it was stopped after 0.3 s"
    assert good.problem is None


@pytest.fixture
def interruptible():
    """A shell ignores interrupts in what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_of_the_user_stops_even_while_a_plugin_is_imported(install, discovered):
    install("waiting", "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        discovered()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_cannot_be_swallowed_by_a_plugin(install, discovered):
    install(
        "greedy",
        """
        import os, signal, time
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
        """,
        loss="greedy",
    )
    with pytest.raises(KeyboardInterrupt):
        discovered()


@pytest.mark.usefixtures("interruptible")
def test_a_handler_that_a_plugin_sets_is_put_back(install, discovered):
    install("deaf", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)", loss="deaf")
    discovered()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_plugins_are_found_in_any_thread(install, discovered):
    install("interrupting", "raise KeyboardInterrupt")
    install("nice", loss="nice")
    with ThreadPoolExecutor(1) as pool:
        registry = pool.submit(discovered).result()
    assert [plugin.problem for plugin in registry.plugins] == ["KeyboardInterrupt", None]
