"""Plugins that end every process that imports them are found out by ``zoo plugins``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def zoo(tmp_path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(tmp_path)])
    return subprocess.run(
        [Path(sys.executable).with_name("zoo"), *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_plugins_that_end_every_process_are_found_out(install, tmp_path):
    install("exiting", "import os\nos._exit(7)")
    install("crashing", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    install("nice", loss="nice")
    assert zoo(tmp_path, "list").returncode != 0
    found = zoo(tmp_path, "plugins", ZOO_BLOCK="unheard-of")
    assert found.returncode == 1
    assert re.search(r"^nice +nice +1.2 +in use +1 loss$", found.stdout, re.MULTILINE)
    value = "unheard-of,crashing:crashing,exiting:exiting"
    assert (
        "ends the process with exit code 7 when it is imported, and with it every command: "
        f"set ZOO_BLOCK={value}, or repair it" in found.stdout
    )
    assert "crashes the process (SIGKILL) when it is imported" in found.stdout
    assert zoo(tmp_path, "list", "losses", ZOO_BLOCK=value).returncode == 0
