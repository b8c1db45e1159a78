"""What cannot be the same on all machines, or has no room, is told before work starts."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import count

import pytest

import zoo_core as zoo
from tests.network_camera import network_camera
from tests.tiny import TINY, new_sure_detector
from zoo_core.cli import main
from zoo_core.common.errors import ConfigError, DatasetError, RunError

pytest.importorskip("ray")

from zoo_core.cluster.circumstances import Circumstances
from zoo_core.cluster.model import Model
from zoo_core.cluster.predicting import PictureWork
from zoo_core.cluster.room import Room, gpus_for
from zoo_core.cluster.shard_folder import ShardFolder
from zoo_core.cluster.shards import Found, parts_of
from zoo_core.cluster.training import on_workers
from zoo_core.prediction.sources.finding import Input, Inputs

HERE = Circumstances(
    "10.0.0.1", {"python": "3.11.7", "zoo-core": "1", "ray": "2"}, "cpu", 16, "abc", asks_for_token=True
)


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (HERE, []),
        (replace(HERE, node="10.0.0.2", processor="another"), []),
        (
            replace(HERE, versions={"python": "3.12.1", "ray": "2"}),
            [
                "python is 3.12.1, and 3.11.7 where the command was given",
                "zoo-core is none, and 1 where the command was given",
            ],
        ),
        (replace(HERE, images=15), ["the training split has 15 images, and 16 where the command was given"]),
        (
            replace(HERE, digest="abd"),
            ["the images of the training split have other names or objects than where the command was given"],
        ),
        (
            replace(HERE, asks_for_token=False),
            ["Ray was started without a token, so that anybody can run programs there"],
        ),
    ],
)
def test_what_differs_on_a_node_is_told(there, told):
    assert list(there.differences(HERE)) == told


@pytest.mark.parametrize(
    ("settings", "limits", "told"),
    [
        ({"training.parts": 2}, (4, 4), "training.parts: 4 workers cannot share 2 parts of a batch"),
        ({"training.parts": 2, "training.precision": "auto"}, None, "training.precision: 'auto' measures each machine"),
        (
            {"training.parts": 2, "training.exchange": "fast", "engine": "auto"},
            None,
            "training.exchange: 'fast' is the all-reduce of PyTorch, and the engine is mxnet",
        ),
        ({"training.parts": 2, "device": "cpu:0,cpu:1"}, None, "device: .*each worker computes on one device"),
    ],
)
def test_what_workers_cannot_share_is_told(settings, limits, told):
    """Before a cluster is asked, for there is none."""
    detector = zoo.build("tinyssd_shapes", settings)
    with on_workers(limits, 1, print) as make_loop, pytest.raises(ConfigError, match=told):
        make_loop(detector, zoo.dataset(detector.config, "train"))


@pytest.mark.parametrize("kind", ["an address that says nothing", "a video", "a stream", "a list without end"])
def test_pictures_that_do_not_end_are_told_before_a_cluster_is_asked(kind, monkeypatch, capsys, tmp_path):
    """A server is asked what it sends, for the name of a camera may be any."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setattr("zoo_core.cli.predicting_on_cluster._MOST", 3)
    monkeypatch.setattr("sys.stdin", ("a.jpg\n" for _ in count()))
    monkeypatch.setattr("zoo_core.cli.predicting.lines_of", lambda lines: lines)
    with network_camera(1) as address:
        names = {"an address that says nothing": address, "a video": "a.mp4", "a stream": "rtsp://a/b"}
        given = ["predict", "model.onnx", names.get(kind, "-"), "--cluster", "127.0.0.1:1", "--insecure"]
        assert main([*given, "--out", str(tmp_path / "found")]) == 2
    said = capsys.readouterr().err
    if kind == "a list without end":
        assert "more than 3 pictures" in said
    else:
        assert f"{names[kind]}: has frames, which one process has to read: leave out --cluster" in said
    assert not (tmp_path / "found").exists()


def test_pyarrow_26_beside_numpy_1_26_is_told_before_a_cluster_is_asked(monkeypatch, capsys, tmp_path):
    """It is there, and refuses at its import."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    (tmp_path / "pyarrow").mkdir()
    told = "pyarrow requires NumPy 2.0 or newer, found 1.26.4"
    (tmp_path / "pyarrow" / "__init__.py").write_text(f"raise ImportError({told!r})")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [each for each in sys.modules if each.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    given = ["predict", "model.onnx", "a.jpg", "--cluster", "127.0.0.1:1", "--insecure", "--format", "parquet"]
    assert main(given) == 2
    assert f"cannot be imported: {told}" in " ".join(capsys.readouterr().err.split())


def test_a_picture_that_has_become_a_stream_ends_its_shard():
    detector = new_sure_detector(TINY)
    with network_camera(50) as address:
        inputs = [each for each in Inputs([address]) if isinstance(each, Input)]
        work = PictureWork(Model("model"), inputs, detector.class_names, 0.5, 8, "jsonl", {})
        with pytest.raises(DatasetError, match=f"{address}: has frames, which one process has to read"):
            work.opened(detector).shard(range(1))


@pytest.mark.parametrize(
    ("room", "free", "size"),
    [
        (Room(1, 8), 8, 8),
        (Room(1, 8), 7, 4),
        (Room(2, 4), 9, 4),
        (Room(2, 4), 1, 0),
        (Room(4, 4), 3, 0),
        (Room(1, 1), 0, 0),
    ],
)
def test_as_many_workers_as_there_is_room_for(room, free, size):
    assert room.size(free) == size


def test_a_worker_sees_one_gpu_at_most():
    assert [gpus_for(each) for each in ("auto", "cpu", "cpu:0", "gpu", "mps")] == [0, 0, 0, 1, 0]
    with pytest.raises(ConfigError, match=r"device: 'gpu:1': each worker .* sees no GPU but its own; set cpu or gpu"):
        gpus_for("gpu:1")


def test_a_worker_takes_its_threads_and_a_gpu_of_one_node():
    assert Room(1, 8, threads=2).count([{"CPU": 7.0}]) == 3
    assert Room(1, 8, threads=2).count([{"CPU": 1.0}, {"CPU": 3.0}, {"CPU": 4.0}, {}]) == 3
    assert Room(1, 8, threads=2, gpus=1).count([{"CPU": 8.0, "GPU": 2.0}]) == 2
    assert Room(1, 8, gpus=1).count([{"CPU": 8.0}, {"GPU": 8.0}]) == 0


def test_a_folder_of_other_work_is_not_touched(tmp_path):
    facts = {"zoo-core": "1", "digest of model.onnx": "ab"}
    with ShardFolder(tmp_path / "found", facts, ["x", "y"], ".jsonl") as kept:
        kept.keep(1, Found(b"{}\n"))
        assert kept.missing == [0]
        told = "is already working there"
        with pytest.raises(RunError, match=told), ShardFolder(tmp_path / "found", facts, ["x", "y"], ".jsonl"):
            pass
    other = {**facts, "digest of model.onnx": "cd"}
    told = (
        "holds what was found otherwise .digest of model.onnx was ab, and is cd.; give the command as it was, remove "
        "the folder, or name another one"
    )
    with pytest.raises(RunError, match=told), ShardFolder(tmp_path / "found", other, ["x", "y"], ".jsonl"):
        pass
    with ShardFolder(tmp_path / "found", facts, ["x", "y"], ".jsonl") as kept:  # as it was
        assert kept.missing == [0]
    told = "holds other files; name a new folder"
    with pytest.raises(RunError, match=told), ShardFolder(tmp_path, facts, ["x", "y"], ".jsonl"):
        pass
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["000001.jsonl", "found", "work.json"]


def test_a_hidden_folder_of_other_work_is_begun_anew(tmp_path):
    """As that of `zoo eval`, for which nobody has asked: more shards were there, and what could not be read."""
    with ShardFolder(tmp_path / "found", {"model": "ab"}, ["x", "y"], ".npz") as kept:
        kept.keep(0, Found(b"old"))
        kept.keep(1, Found(b"old", ("x.png: is empty",)))
    with ShardFolder(tmp_path / "found", {"model": "cd"}, ["x"], ".npz", replaces=True) as kept:
        assert kept.missing == [0]
        assert sorted(each.name for each in kept.folder.iterdir()) == [".lock", "work.json"]


def test_what_was_killed_before_its_first_file_hinders_no_other_work(tmp_path):
    folder = tmp_path / "found"
    folder.mkdir()
    (folder / "work.json").write_text('{"score": 0.5}')
    (folder / ".lock").write_text("1\n")
    with ShardFolder(folder, {"score": 0.1}, ["x"], ".jsonl") as kept:
        kept.keep(0, Found(b"{}\n"))
    with ShardFolder(folder, {"score": 0.1}, ["x"], ".jsonl") as kept:
        assert kept.missing == []


def test_pictures_may_be_repaired_in_which_nothing_was_found(tmp_path):
    """Those of a file in which some could not be read, or that is not there."""
    with ShardFolder(tmp_path / "found", {}, ["x", "y", "z"], ".jsonl") as kept:
        kept.keep(0, Found(b"{}\n"))
        kept.keep(1, Found(b"{}\n", ("x.png: is empty",)))
        assert kept.missing == [1, 2]
    with ShardFolder(tmp_path / "found", {}, ["x", "Y", "Z"], ".jsonl") as kept:
        assert kept.missing == [1, 2]
        kept.keep(1, Found(b"{}\n"))
        assert (kept.missing, [*kept.failures()]) == ([2], [])
    told = "found otherwise .pictures of 2 files have changed."
    with pytest.raises(RunError, match=told), ShardFolder(tmp_path / "found", {}, ["X", "y", "z"], ".jsonl"):
        pass


@pytest.mark.parametrize("was_there", [False, True])
def test_work_that_ends_before_its_first_file_leaves_nothing(tmp_path, was_there):
    """So that it can begin otherwise; also where it was killed while it wrote what it is."""
    folder = tmp_path / "found"
    if was_there:
        folder.mkdir()
        (folder / ".work.json.0123abcd.new").write_text("{")
    with pytest.raises(RunError, match="nodes differ"), ShardFolder(folder, {"score": 0.5}, ["x"], ".jsonl"):
        raise RunError("nodes differ")
    assert [each.name for each in tmp_path.rglob("*")] == ["found"] * was_there


@pytest.mark.parametrize("batch", [1, 7, 8, 50])
def test_shards_end_where_batches_end(batch):
    parts = parts_of(120, batch)
    assert [index for each in parts.values() for index in each] == list(range(120))
    assert all(each.start % batch == 0 for each in parts.values())
