"""What shells offer after TAB, from what is light: names, files, and the settings of a configuration."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from zoo_core.common.errors import ZooError
from zoo_core.common.files import as_path, is_file, names_in
from zoo_core.common.tables import ENDINGS, to_yaml
from zoo_core.config.engines import ENGINES, FILE_ENGINES
from zoo_core.config.loading import load_config
from zoo_core.engines.onnx.execution import DEVICES, PRECISIONS
from zoo_core.parts.components import KINDS
from zoo_core.parts.kind_names import kind_of_setting
from zoo_core.registry.registry import default_registry

__all__ = [
    "bash_words",
    "configs",
    "devices",
    "engines",
    "formats",
    "measured",
    "measured_engines",
    "names",
    "network_engines",
    "precisions",
    "runs",
    "scored",
    "settings",
    "weights",
]

_WEIGHTS, _EXPORTED, _FOUND = ".params", ".onnx", ".json"
_RUN = "config.yaml"
"""The file that every run folder has."""
_RUNS = "runs/"
"""Where `zoo train` puts runs."""
_VARIABLE = "_ZOO_COMPLETE"
"""By which a shell asks for completions; typer's."""
_BREAKS = ("=", ":")
"""At which bash parts words."""
_TRUTHS = ("true", "false")

Offered = Iterable[str]


def configs(ctx: Any, incomplete: str) -> Offered:
    """Detectors, files of configurations, and for ``zoo train`` runs, whose training can go on."""
    return [*default_registry().detectors(), *_files(incomplete, ENDINGS, runs=ctx.info_name == "train")]


def runs(_ctx: Any, incomplete: str) -> Offered:
    """Run folders, files of weights, exported files, and published weights."""
    return [*_files(incomplete, (_WEIGHTS, _EXPORTED), runs=True), *_published(incomplete)]


def scored(ctx: Any, incomplete: str) -> Offered:
    """The same, and files of what was found."""
    return [*runs(ctx, incomplete), *_files(incomplete, (_FOUND,))]


def measured(ctx: Any, incomplete: str) -> Offered:
    """What has weights, and configurations for new ones."""
    return dict.fromkeys([*configs(ctx, incomplete), *runs(ctx, incomplete)])


def weights(_ctx: Any, incomplete: str) -> Offered:
    """Weights from which training can begin."""
    return [*_files(incomplete, (_WEIGHTS,), runs=True), *_published(incomplete)]


def _published(incomplete: str) -> Offered:
    """Weights that can be fetched: so many that they are offered only when a word has begun."""
    return default_registry().published() if incomplete else ()


def names(_ctx: Any, _incomplete: str) -> Offered:
    """Detectors and parts."""
    registry = default_registry()
    return sorted({*registry.detectors(), *(name for kind in KINDS for name in registry.components(kind))})


def engines(ctx: Any, _incomplete: str) -> Offered:
    """What runs the network or the file that the command names."""
    return FILE_ENGINES if _of_file(ctx) else ENGINES


def network_engines(_ctx: Any, _incomplete: str) -> Offered:
    """What runs networks."""
    return ENGINES


def measured_engines(ctx: Any, _incomplete: str) -> Offered:
    """What can be measured of what the command names."""
    return FILE_ENGINES if _of_file(ctx) else (*ENGINES[1:], *FILE_ENGINES)


def devices(ctx: Any, _incomplete: str) -> Offered:
    """Where the network or the file that the command names can run."""
    engine = ctx.params.get("engine")
    return DEVICES[engine if engine in DEVICES else FILE_ENGINES[0]] if _of_file(ctx) else ("auto", "cpu", "gpu", "mps")


def precisions(_ctx: Any, _incomplete: str) -> Offered:
    """In what an exported file computes."""
    return PRECISIONS


def _of_file(ctx: Any) -> bool:
    named = ctx.params.get("run") or next(iter(ctx.params.get("runs") or ()), "")
    return str(named).lower().endswith(_EXPORTED)


def formats(_ctx: Any, _incomplete: str) -> Offered:
    """Readers of data sets."""
    return default_registry().components("dataset")


def settings(ctx: Any, incomplete: str) -> Offered:
    """``KEY=VALUE`` for ``--set``: the settings of the configuration that the command names.

    A key that is known to be meant comes with its values, or the one that it has; before that keys are offered.
    """
    try:
        return list(_settings(ctx.params, incomplete))
    except ZooError:
        return []


def _settings(given: Mapping[str, Any], incomplete: str) -> Iterator[str]:
    said = given.get("config") or given.get("run") or given.get("name")
    source = as_path(said) if said else None
    if source is not None and is_file(source / _RUN):
        source = source / _RUN
    config = load_config(str(source) if source else next(iter(default_registry().detectors())), given.get("overrides"))
    key, equals, _ = incomplete.partition("=")
    *path, last = key.split(".")
    holder: Any = config
    for name in path:
        holder = getattr(holder, name, None)
    if not isinstance(holder, BaseModel):
        return
    above = "".join(f"{name}." for name in path)
    matching = [name for name in type(holder).model_fields if name.startswith(last)]
    if not equals and len(matching) > 1:
        yield from (f"{above}{name}" for name in matching)
        return
    for name in (last,) if equals else matching:
        if name not in type(holder).model_fields:
            continue
        value = getattr(holder, name)
        yield from (f"{above}{name}={each}" for each in _values(holder, name, value))
        if isinstance(value, BaseModel) and not equals:
            yield from (f"{above}{name}.{inner}" for inner in type(value).model_fields)


def _values(holder: BaseModel, name: str, value: Any) -> Offered:
    """What a setting can be, where that is a choice; else what it is."""
    kind = kind_of_setting(name)
    if kind in KINDS:
        chosen = default_registry().components(kind)
        return [f"[{each}]" for each in chosen] if isinstance(value, tuple) else chosen
    if name == "name" and (kind := getattr(holder, "kind", "")) in KINDS:
        return default_registry().components(kind)
    choices = [*_choices(type(holder).model_fields[name].annotation)]
    if choices:
        return choices
    return () if isinstance(value, BaseModel) else [_written(value)]


def _choices(annotation: Any) -> Iterator[str]:
    if annotation is bool:
        yield from _TRUTHS
    elif get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    else:
        for each in get_args(annotation):
            yield from _choices(each)


def _written(value: Any) -> str:
    """A value in one line of YAML, without what a shell would take apart."""
    text = to_yaml({"value": value}).partition(":")[2].strip() if not isinstance(value, BaseModel) else ""
    return text if "\n" not in text and " " not in text else ""


def _files(incomplete: str, endings: Iterable[str], *, runs: bool = False) -> Iterator[str]:
    """Files of some kinds and run folders whose path begins so; in the folder of runs, too, when nothing is said."""
    for beginning in (incomplete, *([_RUNS] if runs and not incomplete else [])):
        head, slash, tail = beginning.rpartition("/")
        try:
            inside = names_in(as_path(f"{head}{slash}" or "."), ZooError)
        except ZooError:
            continue
        for name in sorted(inside):
            path = f"{head}{slash}{name}"
            is_run = runs and is_file(as_path(path) / _RUN)
            if name.startswith(tail) and (is_run or Path(name).suffix.lower() in endings) and name[:1] != ".":
                yield path


@contextmanager
def bash_words() -> Iterator[None]:
    """Answer bash, which parts words at ``=`` and ``:`` and wants only the last part of what is offered."""
    words = os.environ.get("COMP_WORDS", "").split("\n")
    if not os.environ.get(_VARIABLE, "").endswith("_bash") or "COMP_CWORD" not in os.environ:
        yield
        return
    current = int(os.environ["COMP_CWORD"])
    joined: list[str] = []
    for word in words[: current + 1]:
        if joined and (word.startswith(_BREAKS) or (joined[-1].endswith(_BREAKS) and not word.startswith("-"))):
            joined[-1] += word
        else:
            joined.append(word)
    last = joined[-1] if len(words) > current else ""
    kept = max(last.rfind(each) for each in _BREAKS) + 1
    position = len(joined) - 1 if len(words) > current else len(joined)
    os.environ.update(COMP_WORDS="\n".join(joined), COMP_CWORD=str(position))
    offered = io.StringIO()
    try:
        with redirect_stdout(offered):
            yield
    finally:
        for line in offered.getvalue().splitlines():
            sys.stdout.write(f"{line[kept:]}\n")
