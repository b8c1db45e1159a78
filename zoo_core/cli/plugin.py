"""``zoo plugin new``: the first version of a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo_core.cli.output import print_line
from zoo_core.cli.scaffold.writing import NEW_KINDS, new_plugin
from zoo_core.registry.registry import default_registry

__all__ = ["new"]


def new(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="The package: zoo-resnet contains the part resnet.", show_default=False),
    ],
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help=f"One of {', '.join(NEW_KINDS)}.",
            show_default=False,
            autocompletion=lambda: [*NEW_KINDS],
        ),
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="A new folder; by default NAME.")] = None,
) -> None:
    """Create a working plugin to start from.

    A whole package with one part: its settings, its class, tests, and a workflow that runs
    them. It installs, trains and passes its own tests as it is.
    """
    folder = new_plugin(name, kind, out, default_registry())
    print_line(
        f"{folder}: written. It works as it is:\n"
        f"  cd {folder}\n"
        "  pip install --editable .[dev]\n"
        "  zoo plugins\n"
        "  pytest"
    )
