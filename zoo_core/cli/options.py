"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["ConfigArgument", "ConfigOption", "JsonOption", "RunArgument", "SetOption", "offering"]


def offering(name: str) -> Callable[[typer.Context, str], list[str]]:
    """What a function of `zoo_core.cli.completion` offers to complete a word; that is imported when a shell asks."""

    def offered(ctx: typer.Context, incomplete: str) -> list[str]:
        from zoo_core.cli import completion

        return list(getattr(completion, name)(ctx, incomplete))

    return offered


ConfigArgument = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG",
        help="The name of a detector, or a YAML, TOML or JSON file.",
        show_default=False,
        autocompletion=offering("configs"),
    ),
]

RunArgument = Annotated[
    Path,
    typer.Argument(
        metavar="RUN",
        help="A run folder, a .params or .onnx file, or a name of `zoo list weights`.",
        show_default=False,
        autocompletion=offering("runs"),
    ),
]

ConfigOption = Annotated[
    str | None,
    typer.Option(
        metavar="CONFIG",
        help="The detector, if RUN is a file whose name does not say it.",
        show_default=False,
        autocompletion=offering("configs"),
    ),
]

SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a setting, such as training.epochs=3; may be given several times.",
        show_default=False,
        autocompletion=offering("settings"),
    ),
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
