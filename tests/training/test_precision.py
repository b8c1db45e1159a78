"""Sixteen bits: refused where they cannot be, taken where they help."""

import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import ConfigError
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.precision import chosen_precision
from zoo_core.engines.precision import LossScale, has_bfloat16

CPU, GPU = mx.cpu(), mx.gpu()  # contexts alone: nothing is computed on them

on_a_processor_without_bfloat16 = pytest.mark.skipif(has_bfloat16(), reason="this processor has bfloat16")


def takes(**seconds):
    """What a step takes in each precision; in any other it cannot be made."""

    def measured(precision):
        if precision not in seconds:
            raise mx.base.MXNetError(f"no kernel for {precision}")
        return seconds[precision]

    return measured


def never(precision):
    raise AssertionError(f"{precision} was tried")


@pytest.mark.parametrize("device", [CPU, GPU], ids=str)
def test_float32_needs_no_trial(device):
    assert chosen_precision("float32", device, never) == "float32"


def test_float16_is_refused_on_a_processor_untried():
    with pytest.raises(ConfigError, match=r"training.precision.*float16 is for GPUs.*use bfloat16 or float32"):
        chosen_precision("float16", CPU, never)


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(ConfigError, match=r"bfloat16 here \(this processor has neither avx512_bf16 nor amx_bf16\)"):
        chosen_precision("bfloat16", CPU, takes(float32=1))
    with pytest.raises(ConfigError, match=r"float16 here \(on a GPU\); use float32, or auto"):
        chosen_precision("float16", GPU, takes(float32=1))


def test_what_can_be_computed_is_kept_though_it_is_slow():
    assert chosen_precision("bfloat16", CPU, takes(float32=1, bfloat16=9)) == "bfloat16"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"float32": 1, "float16": 0.6}, "float16"),
        ({"float32": 1, "float16": 0.99}, "float32"),  # a gain so small is noise
        ({"float32": 1, "float16": 1.4}, "float32"),
        ({"float32": 1}, "float32"),
    ],
)
def test_auto_takes_what_is_faster_by_a_margin(times, expected):
    assert chosen_precision("auto", GPU, takes(**times)) == expected


@on_a_processor_without_bfloat16
def test_auto_tries_nothing_on_a_processor_without_bfloat16():
    assert chosen_precision("auto", CPU, never) == "float32"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx512f avx512_bf16", True), ("amx_bf16 amx_tile", True), ("fpu avx512f avx512bw", False)],
)
def test_a_processor_says_whether_ithas_bfloat16(tmp_path, flags, expected):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"model name\t: some\nflags\t\t: {flags}\n")
    assert has_bfloat16(cpuinfo) is expected
    assert not has_bfloat16(tmp_path / "none")


@pytest.mark.parametrize(
    "precision",
    ["float16", pytest.param("bfloat16", marks=[on_a_processor_without_bfloat16, pytest.mark.slow])],
)
def test_the_command_line_refuses_what_this_machine_cannot_do(tmp_path, capsys, tiny, precision):
    settings = [f"--set={key}={value}" for key, value in tiny(epochs=1).items()]
    command = ["train", "tinyssd_shapes", "--out", str(tmp_path / "run"), *settings, "--set"]
    assert main([*command, f"training.precision={precision}"]) == 2
    told = capsys.readouterr().err
    assert "training.precision" in told
    assert precision in told
    assert "float32" in told
    assert "Traceback" not in told
    # The folder is free for a second try, with another precision.
    assert main([*command, "training.precision=float32"]) == 0


@pytest.mark.skipif(not has_bfloat16(), reason="this processor has no bfloat16")
def test_bfloat16_learns_about_what_float32_does(tmp_path, tiny):
    losses = {}
    for precision in ("float32", "bfloat16"):
        steps = []
        zoo.train("tinyssd_shapes", tmp_path / precision, tiny(precision=precision), watch=steps.append)
        losses[precision] = [step.loss for step in steps]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.1)
    assert losses["bfloat16"] != losses["float32"]


def test_a_loss_scale_falls_when_gradients_overflow_and_climbs_when_none_does(monkeypatch):
    monkeypatch.setattr(LossScale, "_PATIENCE", 3)
    scale = LossScale(64.0)
    scale.follow(finite=False)
    assert scale.value == 32
    for _ in range(3):
        scale.follow(finite=True)
    assert scale.value == 64
    scale.follow(finite=False)
    assert (scale.value, scale.good) == (32, 0)
