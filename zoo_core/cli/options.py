"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "ConfigArgument",
    "ConfigOption",
    "DeviceOption",
    "EngineOption",
    "FlipOption",
    "JsonOption",
    "NetworkDeviceOption",
    "NetworkEngineOption",
    "OverlapOption",
    "PrecisionOption",
    "RunArgument",
    "SetOption",
    "SliceOption",
    "ThreadsOption",
    "offering",
]


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

EngineOption = Annotated[
    str | None,
    typer.Option(
        metavar="ENGINE",
        help="What runs it: mxnet or torch; an exported file onnxruntime or openvino.",
        show_default=False,
        autocompletion=offering("engines"),
    ),
]

NetworkEngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help="What runs the network: mxnet or torch; the same as --set engine=ENGINE.",
        show_default=False,
        autocompletion=offering("network_engines"),
    ),
]

NetworkDeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="DEVICE",
        help="Where it is trained: auto, cpu, gpu, gpu:N or mps; the same as --set device=DEVICE.",
        show_default=False,
        autocompletion=offering("devices"),
    ),
]

DeviceOption = Annotated[
    str | None,
    typer.Option(
        metavar="DEVICE",
        help="Where it runs: cpu, gpu, gpu:N or mps; an exported file also on cuda, tensorrt, coreml, directml or npu.",
        show_default=False,
        autocompletion=offering("devices"),
    ),
]

PrecisionOption = Annotated[
    str | None,
    typer.Option(
        metavar="PRECISION",
        help="The precision of an exported file: float32 (the default), bfloat16 or float16.",
        show_default=False,
        autocompletion=offering("precisions"),
    ),
]

ThreadsOption = Annotated[
    int | None,
    typer.Option(help="How many threads run an exported file; by default one on each core.", min=1, show_default=False),
]

SliceOption = Annotated[
    str | None,
    typer.Option(
        "--slice",
        metavar="SIZE",
        help="Cut larger pictures into overlapping windows of this size, as 640 or 480x640 (height x width).",
        show_default=False,
    ),
]

OverlapOption = Annotated[
    int | None,
    typer.Option(
        metavar="PIXELS", help="By how much windows overlap; by default a fifth of --slice.", min=0, show_default=False
    ),
]

FlipOption = Annotated[bool, typer.Option("--flip", help="Look at mirror images, too, and merge what is found.")]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
