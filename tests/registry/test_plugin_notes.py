"""What a plugin prints, warns of or dawdles over is noted, and not shown."""

from __future__ import annotations

import re

NOISY = """
import sys, warnings
print("buy my plugin")
print("or else", file=sys.stderr)
warnings.warn("old words", DeprecationWarning)
"""


def test_what_a_plugin_prints_and_warns_of_is_noted_and_not_shown(install, discovered, capsys):
    install("loud", NOISY, loss="loud")
    (plugin,) = discovered().plugins
    assert capsys.readouterr() == ("", "")
    assert plugin.problem is None
    assert plugin.notes == (
        "prints when imported: 'buy my plugin\\nor else'",
        "warns when imported: DeprecationWarning: 'old words'",
    )


def test_a_plugin_that_takes_long_is_noted(install, discovered, monkeypatch):
    monkeypatch.setattr("zoo_core.registry.isolation._SLOW", 0)
    install("slow", loss="slow")
    (plugin,) = discovered().plugins
    assert re.fullmatch(r"takes \d+\.\d s to import, which delays every command", plugin.notes[0])
