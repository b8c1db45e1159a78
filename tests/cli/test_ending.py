"""A program that is asked to end does so, and keeps what was done."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zoo_core.cli import main
from zoo_core.training.interruption import Interruption

PROGRAM = Path(sys.executable).with_name("zoo")
MODEL = Path(__file__).parents[1] / "light" / "detector.onnx"


@pytest.fixture
def picture(tmp_path):
    import cv2
    import numpy as np

    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8))
    return path


def as_in_a_terminal():
    """No signal is ignored, as it would be below nohup or in the background."""
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


@pytest.fixture
def endless(picture, tmp_path):
    """Starts ``zoo predict`` on the standard input, which never ends; its first picture is done."""
    started = []

    def start(before=as_in_a_terminal):
        process = subprocess.Popen(
            [PROGRAM, "predict", MODEL, "-", "--coco", tmp_path / "found.json", "--no-draw", "--batch", "1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,  # noqa: PLW1509 -- what a shell does to a program that it begins, here or in the background
        )
        started.append(process)
        process.stdin.write(f"{picture}\n")
        process.stdin.flush()
        assert "picture.png" in process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, *(pytest.param(each, marks=pytest.mark.slow) for each in (signal.SIGINT, signal.SIGHUP))]
)
def test_what_was_found_is_written_whole_when_a_stream_is_ended(endless, tmp_path, number):
    process = endless()
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "zoo: stopped after 1 picture; what was found in them is kept" in err
    assert "Traceback" not in err
    assert len(json.loads((tmp_path / "found.json").read_text())["images"]) == 1


@pytest.mark.slow
def test_a_second_interrupt_ends_what_a_shell_began_in_the_background(endless):
    process = endless(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    process.send_signal(signal.SIGINT)
    if "runs in the background; interrupt again" in process.stderr.readline():  # else it came between two pictures
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130


@pytest.fixture
def handlers():
    """Puts back what a test does to signals."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield before
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("handlers")
def test_a_training_that_was_begun_with_interrupts_ignored_stops_at_the_second(first):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interruption() as interruption:
        signal.raise_signal(first)
        assert interruption.wanted
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_hang_up_that_nohup_ignores_stays_so(handlers):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Interruption() as interruption:
        signal.raise_signal(signal.SIGHUP)
        assert not interruption.wanted
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) == handlers[signal.SIGINT]


THREAD = """
import threading
threading.Thread(target=threading.Event().wait, name="meter").start()
"""


@pytest.mark.slow
def test_a_thread_that_a_plugin_leaves_behind_keeps_no_command_from_ending(install, tmp_path, monkeypatch):
    install("toys", THREAD, loss="toy")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    listed = subprocess.run([PROGRAM, "list", "losses"], capture_output=True, text=True, timeout=60, check=False)
    assert listed.returncode == 0
    assert re.search(r"^  toy ", listed.stdout, re.MULTILINE)
    assert listed.stderr == "zoo: ended, with threads still running: 'meter'\n"
    told = subprocess.run([PROGRAM, "plugins"], capture_output=True, text=True, timeout=60, check=False)
    assert "leaves a thread running that is not a daemon, and keeps Python from ending: meter" in told.stdout


def test_a_reader_that_has_seen_enough_ends_a_command_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run([PROGRAM, "list", "--json"], stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_called_as_a_function_no_signal_is_touched(handlers, capsys):
    assert main(["--version"]) == 0
    assert {each: signal.getsignal(each) for each in handlers} == handlers
    capsys.readouterr()


CRASHING = """
import ctypes, sys
from zoo_core.cli import main, running
running._run = lambda given: ctypes.string_at(0)
sys.argv = ["zoo", "list"]
main()
"""


def test_a_crash_in_native_code_says_where():
    found = subprocess.run([sys.executable, "-c", CRASHING], capture_output=True, text=True, check=False)
    assert found.returncode == -signal.SIGSEGV
    assert "Segmentation fault" in found.stderr
    assert "in string_at" in found.stderr
