"""When garbage is collected: from the beginning of a command on, of what was made since."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

TOLD = """
import gc, sys
from zoo_core.cli import listing, main, running
listing.list_parts = lambda: print(gc.isenabled(), gc.get_freeze_count() > 0)
_zoo = running.zoo_program
running.zoo_program = lambda: print(gc.isenabled(), gc.get_freeze_count() > 0) or _zoo()
sys.exit(main())
"""


def test_it_waits_until_the_command_begins():
    done = subprocess.run([sys.executable, "-c", TOLD, "list"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True", "True"]


@pytest.mark.parametrize("command", ["list", "--version"])
def test_a_command_that_is_called_from_python_leaves_that_alone(zoo, command):
    frozen = gc.get_freeze_count()
    assert zoo(command).code == 0
    assert gc.isenabled()
    assert gc.get_freeze_count() <= frozen
