"""Temporary files of workers go with them, however they end."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from zoo_core.cluster.temporary import remove_temporary_files_at_end

WORKER = """
import sys, tempfile
from zoo_core.cluster.temporary import remove_temporary_files_at_end
remove_temporary_files_at_end()
remove_temporary_files_at_end()
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
    print(folder)
    print(file.name, flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None], ids=str)
def test_they_are_gone_with_the_process(end, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert worker.stdin
    assert worker.stdout
    folder, file = (Path(worker.stdout.readline().strip()) for _ in range(2))
    [own] = tmp_path.iterdir()
    assert own in folder.parents
    assert own in file.parents
    if end:
        worker.send_signal(end)
    worker.communicate("\n")
    for _ in range(500):
        if not own.exists():
            break
        time.sleep(0.01)
    assert not [*tmp_path.iterdir()]


def test_a_folder_that_is_not_there_is_told(monkeypatch, tmp_path):
    """As on a full disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        remove_temporary_files_at_end()
