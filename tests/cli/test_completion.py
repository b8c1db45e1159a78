"""What shells offer after TAB, by the protocol of each, and that it needs no more than light modules."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from zoo_core import cli
from zoo_core.cli.commands import COMMANDS
from zoo_core.cli.signatures import signature_of
from zoo_core.config.detector import NmsSettings
from zoo_core.config.loading import load_config

BASH_PROGRAM = shutil.which("bash") or ""
PROGRAM = Path(sys.executable).with_name("zoo")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    """What completion sets, it sets for a process of its own."""
    for name in ("COLUMNS", "COMP_WORDS", "COMP_CWORD"):
        monkeypatch.setenv(name, "60")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a run, a configuration and other files."""
    for name in ("runs/cells/config.yaml", "mine.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(load_config("tinyssd_shapes").to_yaml())
    for name in ("model.onnx", "w.params", "found.json", "notes.txt", ".hidden.yaml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def offered(monkeypatch, capsys):
    """What fish is told for a line."""

    def complete(line: str) -> list[str]:
        monkeypatch.setenv("_ZOO_COMPLETE", "complete_fish")
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        assert cli.main([]) == 0
        monkeypatch.delenv("_ZOO_COMPLETE")
        return [each.partition("\t")[0] for each in capsys.readouterr().out.splitlines() if each]

    return complete


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("zoo d", ["data", "doctor"]),
        ("zoo data ", ["check", "show"]),
        ("zoo plugin n", ["new"]),
        ("zoo data check --f", ["--format"]),
        ("zoo train x --w", ["--weights", "--workers"]),
        ("zoo data check --format cs", ["csv"]),
        ("zoo list o", ["optimizers"]),
        ("zoo show tinyssd_2", ["tinyssd_256_voc"]),
        ("zoo show multibox_", ["multibox_prior"]),
        ("zoo check tinyssd_s", ["tinyssd_shapes"]),
        ("zoo check m", ["mine.yaml"]),
        ("zoo check runs/", []),
        ("zoo train runs/", ["runs/cells"]),
        ("zoo train x --weights runs/c", ["runs/cells"]),
        ("zoo predict ", ["model.onnx", "w.params", "runs/cells"]),
        ("zoo predict gluoncv:ssd_300_v", ["gluoncv:ssd_300_vgg16_atrous_coco", "gluoncv:ssd_300_vgg16_atrous_voc"]),
        ("zoo eval runs/cells f", ["found.json"]),
        ("zoo eval runs/cells --split ", ["validation", "train"]),
        ("zoo bench m", ["mine.yaml", "model.onnx"]),
        ("zoo plugin new x --kind l", ["loss", "logger"]),
        (
            "zoo check tinyssd_shapes --set nms.",
            [f"nms.{key}" for key in NmsSettings.model_fields],
        ),
        ("zoo check tinyssd_shapes --set nms.i", ["nms.iou=0.45"]),
        ("zoo check tinyssd_shapes --set nms.per_class=", ["nms.per_class=true", "nms.per_class=false"]),
        ("zoo check mine.yaml --set training.epochs=", ["training.epochs=3"]),
        ("zoo check tinyssd_shapes --set backbone.c", ["backbone.channels"]),
        ("zoo check ssd_300_vgg16_atrous_voc --set backbone=v", ["backbone=vgg16_atrous"]),
        (
            "zoo check tinyssd_shapes --set training.optimizer=ada",
            [f"training.optimizer={name}" for name in ("adam", "adamw")],
        ),
        (
            "zoo check tinyssd_shapes --set training.optimizer=adam --set training.optimizer.b",
            ["training.optimizer.beta1", "training.optimizer.beta2"],
        ),
        ("zoo check tinyssd_shapes --set training.loggers=[t", ["training.loggers=[tensorboard]"]),
        ("zoo predict runs/cells x.jpg --set nms.k", ["nms.keep=100"]),
        ("zoo check tinyssd_shapes --set nothing.", []),
        ("zoo check tinyssd_shapes --set nms.iou.x", []),
        ("zoo check no_such_detector --set nms.i", []),
        ("zoo nothing x", []),
    ],
)
@pytest.mark.usefixtures("folder")
def test_words_are_completed(offered, line, expected):
    found = offered(line)
    if line.endswith("backbone.c"):
        found = [each.partition("=")[0] for each in found]
    assert found == expected


@pytest.mark.usefixtures("folder")
def test_zsh_and_fish_are_answered_as_typer_asks(monkeypatch, capsys):
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "zoo data ch")
    monkeypatch.setenv("_ZOO_COMPLETE", "complete_zsh")
    assert cli.main([]) == 0
    told = COMMANDS["data check"].help
    assert capsys.readouterr().out.startswith(f"""_arguments '*: :(("check":"{told[:40]}""")
    monkeypatch.setenv("_ZOO_COMPLETE", "complete_fish")
    for line, code in (("zoo data ch", 0), ("zoo predict runs/cells x", 1)):  # 1: files, as the shell completes them
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "is-args")
        assert cli.main([]) == code
    for shell in ("zsh", "fish"):
        monkeypatch.setenv("_ZOO_COMPLETE", f"source_{shell}")
        assert cli.main([]) == 0
        assert f"_ZOO_COMPLETE=complete_{shell}" in capsys.readouterr().out


BASH = r"""
eval "$(_ZOO_COMPLETE=source_bash {zoo})"
try() {{
  COMP_WORDS=("$@"); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
  _zoo_completion {zoo}
  echo "${{COMPREPLY[*]}}"
}}
try zoo tr
try zoo check tinyssd_shapes --set training.optimizer = ada
try zoo check tinyssd_shapes --set nms.per_class =
try zoo predict gluoncv : ssd_300_r
try zoo data ""
try zoo predict runs/
try zoo check --set
complete -p zoo
"""


@pytest.mark.slow
@pytest.mark.skipif(not BASH_PROGRAM, reason="there is no bash")
def test_bash_completes(folder):
    done = subprocess.run(
        [BASH_PROGRAM, "-c", BASH.format(zoo=PROGRAM)], capture_output=True, text=True, check=True, cwd=folder
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "train",
        "adam adamw",
        "true false",
        "ssd_300_resnet34_v1b_coco",
        "check show",
        "runs/cells",
        "--set",
        "complete -o default -F _zoo_completion zoo",
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_light_signature_is_that_of_the_command(name):
    place = COMMANDS[name]
    module = f"zoo_core.cli.{place.module}"
    light, real = signature_of(module, place.function), getattr(import_module(module), place.function)
    assert inspect.getdoc(light) == inspect.getdoc(real)
    one, other = (inspect.signature(each).parameters for each in (light, real))
    assert [str(each) for each in one.values()] == [str(each) for each in other.values()]


def test_an_error_does_not_come_to_stand_in_the_line(monkeypatch, capsys):
    monkeypatch.setenv("_ZOO_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "zoo\nlist\n")
    monkeypatch.setenv("COMP_CWORD", "many")
    assert cli.main([]) == 1
    monkeypatch.setenv("_ZOO_COMPLETE", "complete_tcsh")
    assert cli.main([]) == 1
    assert capsys.readouterr().out == ""
