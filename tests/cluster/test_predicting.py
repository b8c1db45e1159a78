"""Workers find in shards what one process finds, to the last bit, whatever dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo
from tests.cluster.conftest import assert_all_gone, merged, started_cluster, write_pictures
from tests.s3_server import new_bucket, put, s3_server

PICTURES = 110
"""Four shards, the last one of 14."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    write_pictures(folder, PICTURES)
    return folder


@pytest.fixture
def alone(model, capsys):
    """The lines of one process."""

    def lines(source, *options):
        code = zoo_main(["predict", model, str(source), "--json", "--no-draw", "--threads", "1", *options])
        return code, capsys.readouterr().out.encode()

    return lines


def test_objects_are_numbered_in_one_process_alone(capsys):
    """Who is who depends on all pictures before."""
    given = ["predict", "a.onnx", "photos", "--track", "--cluster", "127.0.0.1:1", "--insecure"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        assert zoo_main(given) == 2
    assert "--track: numbers objects from one picture to the next" in " ".join(capsys.readouterr().err.split())


def zoo_main(arguments):
    from zoo_core.cli import main

    return main(arguments)


def test_one_of_two_workers_is_killed(cluster, command, model, pictures, alone, tmp_path):
    expected = alone(pictures)
    options = ("--cluster", cluster.address, "--workers", "2", "--out", "found")
    begun = command("predict", model, str(pictures), *options)
    begun.until(32)
    os.kill(cluster.workers()[0], signal.SIGKILL)
    code, said = begun.end()
    assert (code, merged(tmp_path / "found")) == expected
    assert "110 pictures in 4 files: found/*.jsonl" in said
    assert_all_gone(cluster)
    assert sorted(each.name for each in (tmp_path / "found").iterdir()) == [
        *(f"{number:06}.jsonl" for number in range(4)),
        "work.json",
    ]


@pytest.mark.slow
def test_the_command_killed_and_given_again(cluster, command, model, pictures, alone, tmp_path):
    """What was done is not done again."""
    options = ("--cluster", cluster.address, "--workers", "1", "--out", "found", "--score", "0.1")
    begun = command("predict", model, str(pictures), *options)
    begun.until(64)
    begun.process.kill()
    begun.process.wait()
    assert_all_gone(cluster)
    first = (tmp_path / "found" / "000000.jsonl").stat()
    code, said = command("predict", model, str(pictures), *options).end()
    assert (code, merged(tmp_path / "found")) == alone(pictures, "--score", "0.1"), said
    assert (tmp_path / "found" / "000000.jsonl").stat().st_mtime_ns == first.st_mtime_ns
    assert said.splitlines()[0] == "step 64"


@pytest.mark.slow
def test_a_frozen_worker(cluster, command, model, alone, tmp_path):
    """It is given a shard at least, for there are more than both have at first."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    write_pictures(pictures, 200)
    begun = command("predict", model, str(pictures), "--cluster", cluster.address, "--workers", "2", "--out", "found")
    begun.until(32)
    frozen = cluster.workers()[-1]
    os.kill(frozen, signal.SIGSTOP)
    code, said = begun.end()
    assert (code, merged(tmp_path / "found")) == alone(pictures), said
    assert "1 worker lost; goes on with 2" in said
    assert_all_gone(cluster)


@pytest.mark.slow
def test_ctrl_c_and_given_again(cluster, command, model, pictures, alone, tmp_path):
    options = ("--cluster", cluster.address, "--workers", "2", "--out", "found")
    begun = command("predict", model, str(pictures), *options)
    begun.until(32)
    begun.process.send_signal(signal.SIGINT)
    code, said = begun.end()
    assert code == 130, said
    assert "of 110 pictures; the same command continues" in said
    assert_all_gone(cluster)
    code, said = command("predict", model, str(pictures), *options).end()
    assert (code, merged(tmp_path / "found")) == alone(pictures), said


@pytest.mark.slow
def test_slices_and_flips(cluster, command, model, pictures, alone, tmp_path):
    """They are looked at as one process does, and are other work than plain pictures."""
    views = ("--slice", "16", "--overlap", "4", "--flip", "--score", "0.1")
    given = ("predict", model, str(pictures), "--cluster", cluster.address, "--workers", "2", "--out", "found")
    code, said = command(*given, *views).end()
    assert (code, merged(tmp_path / "found")) == alone(pictures, *views), said
    assert merged(tmp_path / "found") != alone(pictures, "--score", "0.1")[1]
    code, said = command(*given, "--score", "0.1").end()
    assert code == 2
    assert "holds what was found otherwise (views was" in said


@pytest.fixture
def photos_on_s3(pictures, monkeypatch):
    """Where 40 pictures are; the environment says where that is and who asks."""
    with s3_server() as address:
        bucket = new_bucket(address, monkeypatch)
        for each in sorted(pictures.iterdir())[:40]:
            put(address, f"{bucket}/photos/{each.name}", each.read_bytes())
        yield f"s3://{bucket}/photos"


@pytest.fixture
def cluster_that_knows_s3(photos_on_s3):  # noqa: ARG001 -- the environment is before it starts
    """Its machines have the environment, too."""
    yield from started_cluster(cpus=2)


@pytest.mark.slow
def test_pictures_on_s3(cluster_that_knows_s3, photos_on_s3, command, model, alone, tmp_path):
    given = ("--cluster", cluster_that_knows_s3.address, "--out", "found", "--score", "0.1")
    code, said = command("predict", model, photos_on_s3, *given, on=cluster_that_knows_s3).end()
    assert (code, merged(tmp_path / "found")) == alone(photos_on_s3, "--score", "0.1"), said
    assert merged(tmp_path / "found").count(b"\n") == 40


@pytest.mark.slow
def test_what_cannot_be_read_is_told_and_tried_again(cluster, command, model, web, alone, tmp_path):
    """Pictures of a web server and of a file system of fsspec; the broken ones keep their places in batches."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_pictures(folder, 40)
    (folder / "00003.png").write_bytes(b"not a picture")
    for number in range(5):
        content = (folder / f"{number:05}.png").read_bytes()
        web.pages[f"/{number}.png"] = 404 if number == 2 else 200, {}, content
    names = tmp_path / "names"
    names.write_text("\n".join([*(f"{web.address}/{number}.png" for number in range(5)), f"file://{folder}"]))
    listed = command("predict", model, "-", "--cluster", cluster.address, "--out", "found")
    code, said = listed.end(names.read_text())
    assert code == 1
    for told in ("/2.png: the server answers 404", "00003.png: is not an image", "zoo: 3 could not be read"):
        assert told in said, told
    assert merged(tmp_path / "found") == one_process(alone, names)[1]
    web.pages["/2.png"] = web.pages["/1.png"]
    code, said = command("predict", model, "-", "--cluster", cluster.address, "--out", "found").end(names.read_text())
    assert "zoo: 2 could not be read" in said
    assert merged(tmp_path / "found") == one_process(alone, names)[1]


def one_process(alone, names):
    with names.open() as stream, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", stream)
        return alone("-")


@pytest.mark.slow
def test_parquet_has_what_was_computed(cluster, command, model, pictures, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    options = ("--cluster", cluster.address, "--out", "found", "--format", "parquet", "--score", "0.2")
    code, said = command("predict", model, str(pictures), *options).end()
    assert code == 0, said
    rows = parquet.read_table(sorted((tmp_path / "found").glob("*.parquet"))).to_pylist()
    assert len(rows) == PICTURES
    for row, found in zip(rows, zoo.load(model, threads=1).predict(str(pictures)), strict=True):
        kept = found.above(0.2)
        assert (row["source"], row["width"], row["height"]) == (found.source, found.size.width, found.size.height)
        assert [each["name"] for each in row["objects"]] == kept.names
        for name in ("box", "score", "label"):
            given = np.array([each[name] for each in row["objects"]])
            assert given.astype(np.float32).tobytes() == getattr(kept, plural(name)).astype(np.float32).tobytes()


def plural(name):
    return {"box": "boxes", "score": "scores", "label": "labels"}[name]


@pytest.mark.slow
def test_memory_stays_flat(cluster, command, model, pictures, tmp_path):
    """Of the command and of each worker, from 4,000 to 20,000 pictures."""
    many = tmp_path / "many"
    many.mkdir()
    for number in range(20_000):
        os.link(pictures / f"{number % PICTURES:05}.png", many / f"{number:06}.png")
    begun = command("predict", model, "many", "--cluster", cluster.address, "--workers", "2", "--out", "found")
    begun.until(4_000)
    processes = [begun.process.pid, *cluster.workers()]
    before = [own_megabytes(each) for each in processes]
    begun.go_on()
    begun.until(20_000)
    after = [own_megabytes(each) for each in processes]
    assert max(np.subtract(after, before)) < 25, (before, after)
    assert begun.end()[0] == 0
    assert sum(1 for _ in merged(tmp_path / "found").splitlines()) == 20_000


def own_megabytes(process):
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(each.split()[1]) for each in lines if each.startswith("RssAnon")) / 1024
