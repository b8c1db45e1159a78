"""The command ``zoo``.

Each command is a thin module that is imported when the command is called, so that ``zoo
list`` pays for nothing that ``zoo train`` needs.
"""

from __future__ import annotations

from collections.abc import Sequence

from zoo_core.cli.garbage import collect_no_garbage

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; for users `arguments` are those of the process.

    Returns:
        The exit code: 0 done, 1 failed while running, 2 the input is wrong, 130 interrupted.
    """
    if arguments is None:
        collect_no_garbage()
    from zoo_core.cli.running import run  # only now, since its imports are most of the start

    return run(arguments)
