"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["ConfigArgument", "JsonOption", "SetOption"]

ConfigArgument = Annotated[
    str,
    typer.Argument(metavar="CONFIG", help="The name of a detector, or a YAML, TOML or JSON file.", show_default=False),
]

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replace a setting, as training.epochs=3; may be given several times.",
        show_default=False,
    ),
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
