"""A full disk is told, the last good checkpoint stays, and with room training goes on to the same weights."""

import json
import resource
import subprocess
from contextlib import suppress

import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import TrainingError
from zoo_core.training.checkpoints import Checkpoints


@pytest.fixture(scope="module")
def settings(tiny):
    return tiny(checkpoints__every_steps=1, checkpoints__keep=100, log_every=1)


@pytest.fixture(scope="module")
def straight(tmp_path_factory, settings):
    """A training that had room enough."""
    return zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("runs") / "straight", settings)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, and what changes its size in kB."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size, *options):
        return subprocess.run(
            ["mount", "-t", "tmpfs", "-o", ",".join([f"size={size}k", *options]), "tmpfs", folder],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )

    try:
        done = mount(300)
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder, lambda size: mount(size, "remount")
    subprocess.run(["umount", folder], check=True)  # noqa: S607


def fill(disk):
    """Take the last byte of room."""
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_a_disk_that_fills_up(small_disk, settings, straight, capsys):
    disk, resize = small_disk
    folder = disk / "run"
    sets = [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    assert main(["train", "tinyssd_shapes", "--out", str(folder), *sets]) == 1
    error = capsys.readouterr().err
    last = Checkpoints(folder / "checkpoints").last().step  # it can be read
    assert 1 <= last < 16
    assert "No space left on device; everything is saved up to step" in error
    assert f"up to step {last}: free some space, and continue with: zoo train {folder} --resume" in error
    assert "Traceback" not in error
    fill(disk)
    assert main(["train", str(folder), "--resume"]) == 1
    error = capsys.readouterr().err
    assert f"No space left on device; everything is saved up to step {last}: free some space" in error
    resize(100_000)
    assert main(["train", str(folder), "--resume"]) == 0
    assert (folder / "weights.params").read_bytes() == straight.weights.read_bytes()


@pytest.fixture
def limit_files():
    """Sets how long a file may be; afterwards all is as before."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.slow
def test_a_checkpoint_that_the_system_does_not_take_whole(tmp_path, settings, straight, limit_files):
    folder = tmp_path / "run"

    def watch(step):
        if step.number == 11:
            limit_files(max(path.stat().st_size for path in (folder / "checkpoints").iterdir()) // 2)

    with pytest.raises(TrainingError) as told:
        zoo.train("tinyssd_shapes", folder, settings, watch=watch)
    assert "File too large; everything is saved up to step 10: free some space, and continue with: zoo train" in str(
        told.value
    )
    assert list(folder.glob("checkpoints/.*")) == []
    limit_files(resource.RLIM_INFINITY)
    assert zoo.resume(folder).weights.read_bytes() == straight.weights.read_bytes()
