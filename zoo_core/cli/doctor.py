"""``zoo doctor``: what is installed, whether it works, and what to do where it does not."""

from __future__ import annotations

from zoo_core.cli.diagnosis import examine
from zoo_core.cli.options import JsonOption
from zoo_core.cli.output import print_json, print_line, print_table
from zoo_core.common.messages import counted

__all__ = ["doctor"]


def doctor(as_json: JsonOption = False) -> int:
    """Check the installation; exit 1 if something is wrong.

    MXNet is imported and tried. What is off comes with what to do about it.
    """
    checks = list(examine())
    off = [check for check in checks if check.remedy]
    if as_json:
        print_json([{**check._asdict(), "ok": not check.remedy} for check in checks])
        return 1 if off else 0
    print_table([("off" if check.remedy else "ok", check.name, check.found) for check in checks])
    print_line()
    if not off:
        print_line("all is well")
        return 0
    print_line(f"{counted(len(off), 'thing')} to do:")
    print_table([(check.name, check.remedy) for check in off], indent=2)
    return 1
