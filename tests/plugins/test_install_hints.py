"""The command in a message installs what is missing, though no package index has it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_command_of_a_message_installs_the_package_from_the_repository(bare_environment):
    environment, offline = bare_environment, {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    environment.python("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", ROOT)
    missed = environment.zoo("check", "tinyssd_shapes")
    assert missed.returncode == 2
    command = re.search(r"which is not installed: (pip install \S+)", missed.stderr)[1]
    assert command == f"pip install {ROOT / 'plugins' / 'tinyssd'}"
    # An extra of what is installed needs no index either.
    for line in (f"python -m {command}", "python -m pip install 'zoo-core[onnx]'"):
        done = environment.run_line(line, environment.folder, **offline)
        assert done.returncode == 0, done.stdout + done.stderr
    checked = environment.zoo("check", "tinyssd_shapes")
    assert checked.returncode == 0, checked.stderr
