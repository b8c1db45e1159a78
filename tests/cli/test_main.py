"""The frame of the command line: help, versions, wrong input, exit codes, pipes."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import zoo_core
from zoo_core import cli
from zoo_core.errors import TrainingError

PROGRAM = Path(sys.executable).with_name("zoo")


def test_says_its_version(zoo):
    assert zoo("--version") == (0, f"zoo {zoo_core.__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_names_every_command(zoo, arguments):
    code, out, err = zoo(*arguments)
    assert (code, err) == (0, "")
    assert all(f" {name} " in out for name in cli._COMMANDS)


@pytest.mark.parametrize("name", cli._COMMANDS)
def test_every_command_explains_itself_as_the_overview_does(zoo, name):
    code, out, _ = zoo(name, "--help")
    assert code == 0
    place = cli._COMMANDS[name]
    function = getattr(import_module(f"zoo_core.cli.{place.module}"), place.function)
    assert inspect.getdoc(function).partition("\n")[0] == place.help
    assert f"zoo {name}" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lst"], "there is no command 'lst'; did you mean 'list'? commands: list, show, check"),
        (["pluginss"], "there is no command 'pluginss'; did you mean 'plugins'?"),
        (["xyz"], "there is no command 'xyz'; commands: list"),
        (["check"], "Missing argument 'CONFIG'"),
        (["list", "--jsn"], "No such option: --jsn"),
        (["--nothing"], "No such option: --nothing"),
        (["list", "backbones", "more"], "Got unexpected extra argument"),
        (["check", "tinyssd_shapes", "--set"], "Option '--set' requires an argument"),
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


def test_a_fault_of_the_zoo_itself_keeps_its_traceback(zoo, command):
    def fault() -> None:
        raise ZeroDivisionError

    command(fault)
    with pytest.raises(ZeroDivisionError):
        zoo("list")


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
    with pytest.raises(ModuleNotFoundError):
        zoo("list")


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
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_terminal_wraps_and_never_cuts_a_name(columns):
    lines = in_terminal(["list"], columns)
    assert max(map(len, lines)) <= columns
    words = {word for line in lines for word in line.split()}
    assert {"ssd_300_vgg16_atrous_voc", "ssd_512_mobilenet1.0_voc", "zoo-gluoncv-ssd"} <= words
    assert not any("…" in line for line in lines)
