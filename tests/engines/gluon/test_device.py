"""Where a network runs."""

import pytest

from zoo_core.common.errors import ConfigError
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.device import device_from, devices, devices_from, named


def test_auto_is_the_cpu_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 0)
    assert device_from("auto") == device_from("cpu") == mx.cpu()
    assert devices() == [mx.cpu()]


def test_gpus_are_chosen_by_number(monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 2)
    assert device_from("auto") == device_from("gpu") == mx.gpu(0)
    assert device_from("gpu:1") == mx.gpu(1)
    with pytest.raises(ConfigError, match="'gpu:2' is not available: MXNet sees 2 GPUs"):
        device_from("gpu:2")


@pytest.mark.parametrize("setting", ["cpu", "cpu:1", "cpu:0,cpu:1"])
def test_contexts_are_named_as_the_setting_names_them(setting):
    assert named(devices_from(setting)) == setting


def test_what_auto_comes_to_is_named_with_its_number(monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 0)
    assert named(devices_from("auto")) == "cpu"
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 2)
    assert named(devices_from("auto")) == named(devices_from("gpu")) == "gpu:0"
