"""The frame of the command line: help, versions, wrong input, exit codes, pipes."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import zoo_core
from tests.sampling import one_in
from zoo_core.cli import program
from zoo_core.cli.commands import COMMANDS, GROUPS
from zoo_core.cli.examples import EXAMPLES
from zoo_core.cli.options import JsonOption
from zoo_core.common.errors import TrainingError

PROGRAM = Path(sys.executable).with_name("zoo")


def test_says_its_version(zoo):
    assert zoo("--version") == (0, f"zoo {zoo_core.__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_names_every_command(zoo, arguments):
    code, out, err = zoo(*arguments)
    assert (code, err) == (0, "")
    assert all(f" {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_as_the_overview_does(zoo, name):
    code, out, _ = zoo(name, "--help")
    assert code == 0
    place = COMMANDS[name]
    function = getattr(import_module(f"zoo_core.cli.{place.module}"), place.function)
    assert inspect.getdoc(function).partition("\n")[0] == place.help
    assert f"zoo {name}" in out


OF_TYPES = re.compile(r"<\w|list\[|\bTEXT\b|\{\w+[|,}]|<=|>=")


@pytest.mark.parametrize("name", ["", *GROUPS, *COMMANDS])
@pytest.mark.parametrize("columns", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_help_is_in_plain_words(zoo, monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = zoo(*name.split(), "-h")
    assert (code, out) == (0, zoo(*name.split(), "--help").out)
    assert not OF_TYPES.search(out)
    assert "\u2026" not in out
    assert max(map(len, out.splitlines())) <= columns
    if name in COMMANDS:
        assert "VALUE" not in out.replace("KEY=VALUE", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_given_and_can_be_meant(zoo, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "200")
    assert all(f" {line} " in zoo(*name.split(), "--help").out for line in EXAMPLES[name])
    for line in EXAMPLES[name]:
        words = shlex.split(line)[1:]
        command = program._command(name, light=True)
        assert words[: len(name.split())] == name.split()
        command.make_context(name, words[len(name.split()) :])


def test_every_command_has_examples():
    assert EXAMPLES.keys() == COMMANDS.keys()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lst"], "no command is named 'lst'; did you mean 'list'? commands: list, show, check"),
        (["pluginss"], "no command is named 'pluginss'; did you mean 'plugins'?"),
        (["help", "data", "show"], "no command is named 'help'; did you mean 'zoo data show --help'? commands: list"),
        (["version"], "no command is named 'version'; did you mean 'zoo --version'? commands: list"),
        (["xyz"], "no command is named 'xyz'; commands: list"),
        (["check"], "Missing argument 'CONFIG'"),
        (["list", "--jsn"], "No such option: --jsn"),
        (["--nothing"], "No such option: --nothing"),
        (["list", "backbones", "more"], "Got unexpected extra argument"),
        (["check", "tinyssd_shapes", "--set"], "Option '--set' requires an argument"),
        (["serve", "run", "--max-body", "inf"], "Invalid value for '--max-body': should be a number; given inf"),
        (["export", "run", "a.onnx", "--limit", "nan"], "Invalid value for '--limit': should be a number; given nan"),
    ],
)
def test_wrong_input_ends_with_2_and_one_line(zoo, arguments, message):
    code, out, err = zoo(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"zoo: {message}")
    assert err.count("\n") == 1


@pytest.fixture
def command(monkeypatch):
    """Puts a function in the place of ``zoo list``."""

    def put(function) -> None:
        monkeypatch.setattr("zoo_core.cli.listing.list_parts", function)

    return put


def test_errors_end_with_their_exit_code_and_no_traceback(zoo, command):
    def fail() -> None:
        raise TrainingError("the loss is nan after step 3")

    command(fail)
    assert zoo("list") == (1, "", "zoo: the loss is nan after step 3\n")


def test_an_interrupt_ends_with_130(zoo, command):
    def interrupt() -> None:
        raise KeyboardInterrupt

    command(interrupt)
    assert zoo("list")[0] == 130


class _EngineError(RuntimeError):
    """As mxnet.base.MXNetError, which the last net knows by its name."""


_EngineError.__name__ = "MXNetError"


class _MuteError(BaseException):
    def __str__(self) -> str:
        raise ValueError("nothing to say")


def _endless() -> None:
    _endless()


def _thrown(error: BaseException):
    def throw() -> None:
        raise error

    return throw


TRACE = "; --debug shows the traceback"
UNEXPECTED = [
    (_thrown(ZeroDivisionError("by zero")), f"ZeroDivisionError: by zero; this should not happen{TRACE}"),
    (_thrown(_MuteError()), f"_MuteError: its message cannot be shown (ValueError); this should not happen{TRACE}"),
    (_thrown(GeneratorExit()), f"GeneratorExit; this should not happen{TRACE}"),
    (
        _thrown(MemoryError()),
        f"not enough memory: a smaller training.batch_size or input_size needs less{TRACE}",
    ),
    (_endless, f"something is nested too deeply{TRACE}"),
    (_thrown(OSError(28, "No space left on device", "runs/x")), f"runs/x: No space left on device{TRACE}"),
    (
        _thrown(UnicodeEncodeError("ascii", "a\u00e9", 1, 2, "ordinal not in range")),
        f"the output, in ascii, cannot represent '\\xe9': set PYTHONIOENCODING=utf-8, or another locale{TRACE}",
    ),
    (
        _thrown(
            _EngineError("Traceback:\n  File 'x.cc'\nMXNetError: Out of range value for lr, value='1e+308', in op")
        ),
        f"training.learning_rate: MXNet cannot compute with 1e+308{TRACE}",
    ),
    (
        _thrown(_EngineError("MXNetError: Check failed: Size of tensor is larger than 2^31 elements. Please build")),
        f"MXNet cannot hold arrays of that size: a smaller training.batch_size or input_size needs less{TRACE}",
    ),
    (
        _thrown(_EngineError("A\n\nMXNetError: kernel size exceed input")),
        f"MXNet failed: kernel size exceed input{TRACE}",
    ),
]


@pytest.mark.parametrize(("fault", "line"), UNEXPECTED, ids=[line[:30] for _, line in UNEXPECTED])
def test_what_nobody_expected_ends_with_1_and_one_line(zoo, command, fault, line):
    command(fault)
    assert zoo("list") == (1, "", f"zoo: {line}\n")


@pytest.mark.parametrize("arguments", [["--debug", "list"], ["list", "--debug"], ["list", "--debug", "--json"]])
def test_debug_shows_the_trace(zoo, monkeypatch, arguments):
    def fault(as_json: JsonOption = False) -> None:
        raise ZeroDivisionError(as_json)

    monkeypatch.setattr("zoo_core.cli.listing.list_parts", fault)
    code, _, err = zoo(*arguments)
    assert code == 1
    assert err.startswith("Traceback (most recent call last):\n")
    assert ", in fault\n" in err
    assert err.splitlines()[-1].startswith("zoo: ZeroDivisionError: ")


def test_debug_shows_the_trace_of_a_wrong_input_too(zoo):
    code, _, err = zoo("check", "nothing", "--debug")
    assert code == 2
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("zoo: no detector is named 'nothing'")


def test_a_fault_is_told_with_the_line_where_it_arose(zoo, monkeypatch):
    def fault(*_: object, **__: object) -> None:
        raise LookupError("lost")

    monkeypatch.setattr("zoo_core.cli.listing.print_table", fault)
    err = zoo("list").err
    assert re.fullmatch(
        rf"zoo: LookupError: lost \(in zoo_core.cli.listing, line \d+\); this should not happen{TRACE}\n", err
    )


@pytest.mark.parametrize("word", ["data", "plugin"])
@pytest.mark.parametrize("asked", [["--help"], ["-h"], []])
def test_groups_explain_themselves(zoo, word, asked):
    code, out, err = zoo(word, *asked)
    assert (code, err) == (0, "")
    assert f"Usage: zoo {word} " in out
    for name, place in COMMANDS.items():
        if name.startswith(f"{word} "):
            assert re.search(rf"│ {name.removeprefix(f'{word} ')} +{re.escape(place.help[:20])}", out)
    assert "doctor" not in out


@pytest.mark.parametrize(
    "arguments", [["-h"], ["list", "-h"], ["check", "x", "--set", "a=1", "-h"], ["data", "show", "-h"]]
)
def test_short_help_everywhere(zoo, arguments):
    code, out, err = zoo(*arguments)
    assert (code, err) == (0, "")
    assert "Usage: zoo" in out


@pytest.mark.parametrize("closed", one_in(3, [">&- 2>&-", ">&-", "2>&-"]))
def test_closed_streams_end_no_command(closed):
    done = subprocess.run(["/bin/sh", "-c", f"'{PROGRAM}' list {closed}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_behind_the_output_is_told_once():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([PROGRAM, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(rf"zoo: (the standard output: )?No space left on device{TRACE}\n", done.stderr)


@pytest.mark.parametrize(("module", "extra"), [("cv2", "zoo-core[images]"), ("gluoncv.data", "zoo-gluoncv-ssd[mxnet]")])
def test_a_missing_optional_package_is_told_with_its_remedy(zoo, command, module, extra):
    def need() -> None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    command(need)
    code, _, err = zoo("list")
    assert code == 2
    assert err.endswith(f"which is not installed: pip install '{extra}'\n")


def test_any_other_missing_module_is_a_fault_of_the_zoo(zoo, command):
    def need() -> None:
        raise ModuleNotFoundError("No module named 'zoo_core.lost'", name="zoo_core.lost")

    command(need)
    code, _, err = zoo("list")
    assert code == 1
    assert err.startswith("zoo: ModuleNotFoundError: No module named 'zoo_core.lost'")


def test_a_reader_that_has_seen_enough_is_no_error():
    with subprocess.Popen(
        [PROGRAM, "show", "ssd"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        started.stdout.close()
        assert started.stderr.read() == ""
    assert started.returncode in (0, 1)


def test_output_in_any_locale(program):
    assert program("list", LC_ALL="C", PYTHONIOENCODING="ascii").code == 0


def in_terminal(arguments: list[str], columns: int) -> list[str]:
    """The lines that a command prints in a terminal of some width."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(COLUMNS=str(columns), TERM="dumb", NO_COLOR="1")
        os.execv(PROGRAM, [str(PROGRAM), *arguments])  # noqa: S606 -- no shell is wanted
    output = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side has closed
            break
        if not part:
            break
        output += part
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return output.decode().replace("\r\n", "\n").splitlines()


@pytest.mark.filterwarnings("ignore:.*forkpty.*:DeprecationWarning")
@pytest.mark.parametrize("columns", [60, *(pytest.param(each, marks=pytest.mark.slow) for each in (80, 200))])
def test_a_terminal_wraps_and_never_cuts_a_name(columns):
    lines = in_terminal(["list"], columns)
    assert max(map(len, lines)) <= columns
    words = {word for line in lines for word in line.split()}
    assert {"ssd_300_vgg16_atrous_voc", "ssd_512_mobilenet1.0_voc", "zoo-gluoncv-ssd"} <= words
    assert not any("…" in line for line in lines)
