from __future__ import annotations

import logging
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.sampling import one_in
from zoo_core.common.errors import ConfigError, DatasetError, Problem, TrainingError
from zoo_core.data.pipeline.ahead import done_ahead
from zoo_core.data.pipeline.processes import NoProcessesError, Processes
from zoo_core.data.pipeline.shared_pickle import read_shared, write_shared

HERE = os.getpid()


def through_memory(value):
    return read_shared(write_shared(value))


def test_arrays_come_out_of_shared_memory_as_they_went_in():
    arrays = {
        "empty": np.zeros((0, 4), np.float32),
        "image": np.random.default_rng(0).normal(size=(3, 40, 33)).astype(np.float32),
        "fortran": np.asfortranarray(np.arange(12).reshape(3, 4)),
        "strided": np.arange(40)[::3],
        "one": np.array(5, np.int64),
        "words": np.array(["a", "bc"]),
    }
    found = through_memory({**arrays, "again": arrays["image"], "text": "x"})
    assert found.pop("text") == "x"
    assert found["again"] is found["image"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
        assert found[name].flags.writeable
    assert found["image"].ctypes.data % 64 == 0
    assert not found["image"].flags.owndata, "it is not copied"
    many = through_memory([np.full(3, number) for number in range(20_000)])
    assert [each.sum() for each in many] == [3 * number for number in range(20_000)]
    fixed = np.ones(3)
    fixed.flags.writeable = False
    assert not through_memory(fixed).flags.writeable


def test_what_is_written_to_an_array_is_seen_by_nobody_else():
    memory = write_shared(np.ones(3))
    first, second = read_shared(os.dup(memory)), read_shared(memory)
    first[:] = 2
    assert second.tolist() == [1, 1, 1]


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_memory_goes_with_the_last_array():
    def mapped():
        return Path("/proc/self/maps").read_text().count("memfd:zoo")

    before, files = mapped(), open_files()
    with Processes(lambda number: np.full(100_000, number), 1) as processes:
        kept = None
        for found in processes.results(range(5)):
            kept = found[::2]
        del found
        assert mapped() == before + 1
    assert kept[0] == 4, "it outlives the processes"
    del kept
    assert (mapped(), open_files()) == (before, files)


class UnpicklableError(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} {two} {threading.Lock()}")
        self.lock = threading.Lock()


ERRORS = (
    lambda: UnpicklableError("no", "way"),
    lambda: DatasetError("cells.jpg: is truncated"),
    lambda: ConfigError("x.yaml", [Problem("data", "wrong")]),
)


@pytest.mark.parametrize("error", one_in(3, ERRORS))
def test_an_error_is_the_one_of_this_process(error):
    def work(number):
        if number == 2:
            raise error()
        return number

    found = done_ahead(work, range(9), 2)
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(type(error())) as raised:
        next(found)
    assert raised.traceback[-1].name == "work"
    assert list(found) == []


def test_one_that_takes_longer_does_not_hold_the_others_up():
    def work(number):
        if number == 1:
            time.sleep(1)
        return number, os.getpid()

    numbers, processes = zip(*done_ahead(work, range(9), 2), strict=True)
    assert numbers == tuple(range(9))
    assert len({processes[0], *processes[2:4]} - {processes[1]}) == 1


def test_what_fails_in_a_process_alone_is_done_here_and_told(caplog):
    def work(number):
        if number == 1 and os.getpid() != HERE:
            raise MemoryError("there")
        return number

    assert list(done_ahead(work, range(3), 2)) == [0, 1, 2]
    assert caplog.messages == ["batch 1 was prepared again, since a process failed: MemoryError: there"]


@pytest.mark.parametrize(
    ("end", "manner"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "been ended by signal SIGKILL, as systems do when memory runs"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "been ended by signal SIGSEGV;"),
        pytest.param(lambda: os._exit(3), "ended with exit code 3;", marks=pytest.mark.slow),
    ],
)
def test_a_process_that_ends_by_itself_is_told(end, manner, capfd):
    def work(number):
        if number == 3:
            end()
        return number

    with pytest.raises(TrainingError, match=manner):
        list(done_ahead(work, range(9), 2))
    assert ("Fatal Python error: Segmentation fault" in capfd.readouterr().err) == ("SIGSEGV" in manner)


class Unreadable:
    def __reduce__(self):
        return (_refuse, ())

    def __call__(self, number):
        return number


def _refuse():
    raise RuntimeError("only at home")


@pytest.mark.parametrize("sent", [True, False])
def test_threads_do_what_other_processes_cannot(sent, caplog):
    lock = threading.Lock()
    work = Unreadable() if sent else lambda number: lock and number
    with caplog.at_level(logging.WARNING):
        assert list(done_ahead(work, range(9), 2)) == list(range(9))
    (told,) = caplog.messages
    assert told.startswith("training.workers: 2 threads, not processes: the data set, or a part, cannot be ")
    assert told.endswith("RuntimeError: only at home" if sent else "cannot pickle '_thread.lock' object")


def test_there_are_no_more_processes_than_work_and_none_when_it_is_left():
    def started():
        return len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    before = started()
    found = done_ahead(lambda number: (number, os.getpid()), range(3, 5), 200)
    first = next(found)
    assert started() - before == 2
    numbers, processes = zip(first, *found, strict=True)
    assert numbers == (3, 4)
    assert HERE not in processes
    assert started() == before
    left = done_ahead(abs, range(99), 2)
    next(left)
    assert started() - before == 2
    left.close()
    assert started() == before
    assert list(done_ahead(lambda number: (number, os.getpid()), range(3, 4), 200)) == [(3, HERE)]
    assert list(done_ahead(abs, range(0), 2)) == []


def test_a_system_without_such_memory_has_threads(monkeypatch):
    monkeypatch.setattr("zoo_core.data.pipeline.processes.CAN_SHARE", False)
    with pytest.raises(NoProcessesError, match="cannot share memory"):
        Processes(abs, 2)
    assert list(done_ahead(abs, range(3), 2)) == [0, 1, 2]


@pytest.mark.parametrize("sees", ["sys.executable", "subprocess.Popen"])
def test_processes_that_cannot_be_started_are_no_obstacle(sees, monkeypatch, caplog):
    def none_left(*_, **__):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(sees, "/bin/false" if sees == "sys.executable" else none_left)
    files = open_files()
    assert list(done_ahead(abs, range(3), 2)) == [0, 1, 2]
    assert "threads, not processes: they cannot be started: " in caplog.text
    assert open_files() == files
