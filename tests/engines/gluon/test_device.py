"""Where a network runs."""

import pytest

from zoo_core.common.errors import ConfigError
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.device import device_from, devices


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
