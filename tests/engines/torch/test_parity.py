"""``zoo doctor --parity``: engines and devices are compared by the detector of a run, and a fault is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engines.torch.test_other_classes import TINY, kept, tiny_run
from zoo_core.cli import main
from zoo_core.engines import parity
from zoo_core.engines.torch import learner, optimizers

PAIRS = [("PyTorch on cpu", "PyTorch on cpu"), ("PyTorch on cpu", "MXNet on cpu")]
OPTIMIZERS = ("sgd", "nag", "adam", "adamw")
WHAT = ["outputs", "losses", "gradients in float64", *(f"2 steps of {each}" for each in OPTIMIZERS)]


def told(folder: Path, capsys: pytest.CaptureFixture[str], expected: int) -> list[dict[str, Any]]:
    assert main(["doctor", "--parity", str(folder), "--json"]) == expected
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_both_engines_compute_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained = {"training.accumulate": 2, "training.parts": 4, "training.ema_decay": 0.9}  # which changes nothing here
    kept(tmp_path / "run", "tinyssd_shapes", {**TINY, **trained})
    found = told(tmp_path / "run", capsys, 0)
    assert [(each["of"], each["against"], each["what"]) for each in found] == [
        (*pair, what) for pair in PAIRS for what in WHAT
    ]
    assert all(each["difference"] == 0 for each in found[: len(WHAT)])
    assert main(["doctor", "--parity", str(tmp_path / "run"), "--device", "cpu"]) == 0
    assert capsys.readouterr().out.endswith("all computes the same\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["yolo3_mobilenet0.25_custom", "fcos_256_mobilenet0.25_custom", "center_net_resnet18_v1b_custom"]
)
def test_families_compute_the_same(tmp_path: Path, name: str) -> None:
    kept(tmp_path / "run", name, {"classes": ["cat", "dog"]})
    assert all(each.equal for each in parity.compare(tmp_path / "run", "cpu"))


def test_a_fault_of_any_kind_is_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_run(tmp_path / "run")
    monkeypatch.setattr(parity, "has_mxnet", lambda: True)
    rest, forward = optimizers._rest, learner.TorchLearner.forward_backward
    monkeypatch.setattr(optimizers, "_rest", lambda share: 1.01 * rest(share))
    monkeypatch.setattr(
        learner.TorchLearner, "forward_backward", lambda *each: [1.01 * part for part in forward(*each)]
    )
    off = {each["what"] for each in told(tmp_path / "run", capsys, 1) if not each["equal"]}
    assert off == {"losses", "2 steps of adam", "2 steps of adamw"}


def test_a_device_that_is_not_here_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_run(tmp_path / "run")
    assert main(["doctor", "--parity", str(tmp_path / "run"), "--device", "gpu:7"]) == 2
    assert f"PyTorch sees {torch.cuda.device_count()} GPUs" in capsys.readouterr().err


def test_what_no_engine_here_runs_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--parity", "model.onnx"]) == 2
    assert "model.onnx: is an exported file, which neither PyTorch nor MXNet runs" in capsys.readouterr().err
    assert main(["doctor", "--parity", "run", "--cluster", "127.0.0.1:1"]) == 2
    assert "--cluster: not with --parity" in capsys.readouterr().err
