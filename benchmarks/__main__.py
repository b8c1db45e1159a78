"""Runs the benchmarks named, or all of them: ``python -m benchmarks [NAME...]``."""

from __future__ import annotations

import importlib
import platform
import sys

BENCHMARKS = (
    "encoding",
    "transform",
    "resizing",
    "loading",
    "postprocessing",
    "slicing",
    "yolo",
    "scoring",
    "training",
    "engines",
    "inference",
    "memory",
    "latency",
    "serving",
    "tuning",
    "cluster",
    "exchange",
)


def main(names: list[str]) -> None:
    """Run benchmarks by name."""
    if unknown := set(names) - set(BENCHMARKS):
        sys.exit(f"no benchmark is named {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    print(f"Python {platform.python_version()}, {platform.processor() or platform.machine()}")
    for name in names or BENCHMARKS:
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
