"""What comes with the next release, in the page of what came with the last ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_MARK = "<!-- towncrier release notes start -->\n"


def add_unreleased(page: Path, root: Path) -> None:
    """Put the fragments of changes/ above the first release of a page.

    Args:
        page: a copy of CHANGELOG.md.
        root: the repository.
    """
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "Not released yet"]
    draft = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout  # noqa: S603
    news = draft[draft.index("## Not released yet") :]
    page.write_text(page.read_text(encoding="utf-8").replace(_MARK, f"{_MARK}\n{news}"), encoding="utf-8")
