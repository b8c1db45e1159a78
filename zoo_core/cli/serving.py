"""``zoo serve``: detectors as a service over HTTP, with a page to try them."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo_core.cli.fetching import fetch_published
from zoo_core.cli.options import DeviceOption, EngineOption, PrecisionOption, SetOption, ThreadsOption, offering
from zoo_core.cli.output import print_line
from zoo_core.common.messages import listed
from zoo_core.common.optional_packages import needing

__all__ = ["serve"]


def serve(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Run folders, .params or .onnx files, or names of `zoo list weights`; NAME=MODEL gives one a name.",
            show_default=False,
            autocompletion=offering("runs"),
        ),
    ],
    host: Annotated[
        str, typer.Option(metavar="HOST", help="The address to serve at; only this machine reaches the default.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 for any that is free.", min=0, max=65535)] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="ZOO_SERVE_TOKEN",
            show_envvar=False,
            metavar="TOKEN",
            help="What clients must send; better in the variable ZOO_SERVE_TOKEN, which other users do not see.",
            show_default=False,
        ),
    ] = None,
    everybody: Annotated[bool, typer.Option("--open", help="Serve everybody who reaches the address.")] = False,
    batch: Annotated[int, typer.Option(help="Batch size.", min=1, max=1024)] = 8,
    delay: Annotated[
        float, typer.Option(metavar="MS", help="Milliseconds for which a batch that is not full waits.", min=0, max=1e4)
    ] = 2,
    queue: Annotated[int, typer.Option(help="Pictures that may wait for a model.", min=1, max=100_000)] = 64,
    timeout: Annotated[
        float, typer.Option(metavar="S", help="Seconds for sending a request, and for answering it.", min=0.1, max=3600)
    ] = 30,
    max_pictures: Annotated[int, typer.Option(help="The most pictures in a request.", min=1)] = 16,
    max_body: Annotated[float, typer.Option(metavar="MB", help="The largest request in megabytes.", min=0.01)] = 32,
    max_pixels: Annotated[
        float, typer.Option(metavar="MP", help="The largest picture in megapixels.", min=0.01, max=90)
    ] = 40,
    max_windows: Annotated[int, typer.Option(help="The most windows into which a picture is cut.", min=1)] = 100,
    memory: Annotated[
        float, typer.Option(metavar="MB", help="Megabytes for all requests and pictures together.", min=1)
    ] = 1000,
    examples: Annotated[
        bool | None,
        typer.Option(
            "--examples/--no-examples",
            help="Offer validation images of the models on the page; by default only to this machine.",
            show_default=False,
        ),
    ] = None,
    engine: EngineOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    threads: ThreadsOption = None,
    overrides: SetOption = None,
) -> int:
    """Serve detectors over HTTP: a page for people at /, and for programs what /docs explains.

    Programs send pictures to /v1/models/NAME/predict, or tensors by the Open Inference Protocol (/v2). Ctrl-C stops the
    service after the requests that it has taken.
    """
    with needing():
        from zoo_core.serving.app import application
        from zoo_core.serving.limits import MEGA, Limits
        from zoo_core.serving.metrics import Metrics
        from zoo_core.serving.models import named, open_model
        from zoo_core.serving.running import address_of, check_access, is_local, listening
        from zoo_core.serving.running import serve as serve_app
        from zoo_core.serving.service import Service

    limits = Limits(
        batch=batch,
        delay=delay / 1000,
        queue=queue,
        timeout=timeout,
        body=round(max_body * MEGA),
        pictures=max_pictures,
        pixels=round(max_pixels * MEGA),
        windows=max_windows,
        memory=round(memory * MEGA),
    )
    how = {"engine": engine, "device": device, "precision": precision, "threads": threads}
    sources = named(models)
    check_access(host, token, everybody=everybody)
    metrics = Metrics()
    with listening(host, port) as opened:
        served = []
        for name, source in sources.items():
            fetch_published(source)
            served.append(open_model(name, source, limits, metrics.watch(name), overrides or (), **how))
        service = Service(served, limits, metrics)
        address = address_of(opened)

        def announce() -> None:
            print_line(f"zoo: serving {listed(service.models)} at {address} (Ctrl-C stops)", error=True)

        def complain(line: str) -> None:
            print_line(f"zoo: {line}", error=True)

        shown = is_local(host) if examples is None else examples
        app = application(service, token, complain, examples=shown)
        serve_app(app, opened, limits, announce)
    print_line("zoo: stopped; every request that was taken is answered", error=True)
    return 0
