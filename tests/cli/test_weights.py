"""Weights on the command line: a run to begin from, and a file of any name to use."""

import shutil

import pytest

from zoo_core.cli import main
from zoo_core.cli.progress import WorkProgress
from zoo_core.registry.registry import default_registry

QUICK = [
    *("--set", "data.train_images=4"),
    *("--set", "data.validation_images=2"),
    *("--set", "training.batch_size=4"),
    *("--set", "training.epochs=1"),
]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A training of `tinyssd_shapes` as it is registered; tests only read it."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    assert main(["train", "tinyssd_shapes", "--out", str(folder), *QUICK]) == 0
    return folder


def test_training_begins_from_a_run_and_says_what_it_took(zoo, run_folder, tmp_path):
    turned = ["--set", "classes=[triangle,square,circle]", "--set", "weights.freeze=[backbone]"]
    out = tmp_path / "second"
    said = zoo("train", "tinyssd_shapes", "--out", str(out), "--weights", str(run_folder), *QUICK, *turned)
    assert said.code == 0
    assert f"{run_folder}: " in said.out
    assert "what was taken from the initial weights" in said.out
    assert "loaded    class_predictors.0.weight" in (out / "transfer.txt").read_text()


LIBRARY = """
    from zoo_core.plugin_api import ForeignWeights, hookimpl

    @hookimpl
    def zoo_weights():
        return [ForeignWeights("paperlib", published=("some_net",), fetch="a_stranger_module:fetch")]

    def fetch(name, progress):
        from pathlib import Path

        if progress:
            progress(1 << 20, 3 << 20)
            progress(3 << 20, None)
        return Path("RUN") / "weights.params"
"""


@pytest.fixture
def library(install, run_folder):
    """A stranger's plugin that fetches the weights of a library: those of `run_folder`."""
    install("a-stranger", LIBRARY.replace("RUN", str(run_folder)))
    default_registry.cache_clear()
    yield
    default_registry.cache_clear()


@pytest.mark.usefixtures("library")
def test_published_weights_are_fetched_with_their_progress(zoo, monkeypatch):
    shown = []
    monkeypatch.setattr(WorkProgress, "_show", lambda _, *what: shown.append(what))
    said = zoo("eval", "paperlib:some_net", "--config", "tinyssd_shapes", "--set", "data.validation_images=2")
    assert said.code == 0, said.err
    assert shown[:2] == [("fetching", 1, 3, "MB"), ("fetching", 3, None, "MB")]
    assert zoo("list", "weights").out.split()[:3] == ["weights", "gluoncv:alexnet", "zoo-gluoncv-ssd"]
    assert "paperlib:some_net" in zoo("list", "weights").out


@pytest.mark.usefixtures("library")
def test_names_that_a_library_has_not_published_are_told(zoo):
    said = zoo("predict", "paperlib:some_nett", "picture.png")
    assert said.code == 2
    assert "no file of published weights is named 'paperlib:some_nett'; did you mean 'paperlib:some_net'" in said.err


def test_without_its_plugin_it_is_told_which_package_fetches_them(program):
    said = program("predict", "gluoncv:ssd_512_mobilenet1.0_voc", "picture.png", ZOO_BLOCK="zoo-gluoncv-ssd")
    assert said.code == 2
    assert "it is in the package zoo-gluoncv-ssd, which ZOO_BLOCK leaves out" in said.err


def test_a_file_of_any_name_needs_its_detector(zoo, run_folder, tmp_path):
    file = shutil.copy(run_folder / "weights.params", tmp_path / "mine.params")
    picture = str(run_folder / "found.png")
    said = zoo("predict", str(file), picture)
    assert said.code == 2
    assert "mine.params: its name does not say to which detector it belongs" in said.err
    assert zoo("predict", str(file), picture, "--config", "tinyssd_shapes", "--out", str(tmp_path / "found")).code == 0
    assert zoo("eval", str(file), "--config", "tinyssd_shapes", "--set", "data.validation_images=2").code == 0


def test_weights_that_are_nowhere_are_told_before_a_folder_is_made(zoo, tmp_path):
    said = zoo("train", "tinyssd_shapes", "--out", str(tmp_path / "run"), "--weights", "nowhere.params", *QUICK)
    assert said.code == 2
    assert "nowhere.params: no such run folder, and no such file of weights" in said.err
    assert not (tmp_path / "run").exists()
