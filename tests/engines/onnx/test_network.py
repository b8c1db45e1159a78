"""The network of a detector written as ONNX: by any engine to the same bytes, and what cannot be written is told."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import ExportError
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.weights import parameters_of
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.onnx.graph import IR_VERSION, OPSET
from zoo_core.engines.onnx.network import network_in_onnx
from zoo_core.engines.onnx.operators.registry import OPERATORS
from zoo_core.engines.onnx.session import open_session
from zoo_core.engines.operators.arithmetic import (
    BINARY,
    names_of_number_and_tensor,
    names_of_tensor_and_number,
    names_of_two_tensors,
)
from zoo_core.engines.operators.declared import DECLARED
from zoo_core.engines.torch.operators.registry import OPERATORS as ON_PYTORCH
from zoo_core.training.run import Run

ROOT = Path(__file__).parents[3]
NAMES = (names_of_two_tensors, names_of_tensor_and_number, names_of_number_and_tensor)


class Changed(mx.gluon.HybridBlock):
    """A detector's network of which the images go through something else before."""

    def __init__(self, network: Any, change: Any) -> None:
        super().__init__()
        self.network, self._change = network, change

    def hybrid_forward(self, operators: Any, images: Any) -> Any:
        return self.network(self._change(operators, images))


def with_change(detector: Any, change: Any) -> Any:
    """The same detector with a network that does something more."""
    made = zoo.build(detector.config)
    for name, parameter in parameters_of(made.engine.network).items():
        parameter.set_data(parameters_of(detector.engine.network)[name].data())
    made.engine.network = Changed(made.engine.network, change)
    return made


def test_a_mean_over_axes_is_exported(tiny: Any, tmp_path: Any) -> None:
    changed = with_change(tiny, lambda f, x: x * f.sigmoid(f.mean(x, axis=(2, 3), keepdims=True)))
    report = zoo.export(changed, tmp_path / "x.onnx")
    assert report.parity.detections > 1000
    picture = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    assert not np.array_equal(
        zoo.load(report.path).predict(picture).scores,
        tiny.predict(picture).scores,  # the change does something
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f, x: f.SequenceReverse(x, name="turned"),
            "turned: the operator SequenceReverse of MXNet cannot be",
        ),
        (lambda f, x: f.Dropout(x, mode="always", name="always"), "always: Dropout with mode always draws at random"),
        (lambda f, x: f.zeros(shape=(0, 3)) + x, "the shape \\(0, 3\\) leaves sizes open"),
        (lambda f, x: f.reshape(x, shape=(3, -1)) and x.shape, "its blocks must be HybridBlocks"),
    ],
    ids=["unknown", "random", "an open shape", "not hybrid"],
)
def test_what_cannot_be_written_is_told_before_anything_heavy(
    change: Any, message: str, tiny: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    changed = with_change(tiny, change)
    monkeypatch.setattr("zoo_core.engines.onnx.exporting.verify_pictures", None)
    monkeypatch.setattr("zoo_core.engines.exporting.dataset_at", None)
    with pytest.raises(ExportError, match=message):
        zoo.export(changed, tmp_path / "x.onnx", verify=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_engine_writes_the_same_network(tiny: Any, tmp_path: Any) -> None:
    run = Run.create(tiny.config, tmp_path / "run")
    tiny.engine.save(run.weights)
    networks = []
    for engine in ("mxnet", "torch"):
        report = zoo.export(run.folder, tmp_path / f"{engine}.onnx", {"engine": engine})
        assert f"as {'MXNet' if engine == 'mxnet' else 'PyTorch'} sees them" in str(report)
        model = onnx.load(report.path)
        del model.metadata_props[:]  # the configuration names the engine
        networks.append(model.SerializeToString())
    assert networks[0] == networks[1]


def test_a_detector_on_pytorch_is_exported_from_the_command_line(tiny: Any, tmp_path: Any, capsys: Any) -> None:
    run = Run.create(tiny.config, tmp_path / "run")
    tiny.engine.save(run.weights)
    assert main(["export", str(run.folder), str(tmp_path / "raw.onnx"), "--set", "engine=torch", "--raw"]) == 0
    assert "as PyTorch sees them" in capsys.readouterr().out


def test_both_engines_have_the_operators_of_the_documents() -> None:
    import_module("zoo_core.engines.torch.module")  # with which its operators are known
    assert ON_PYTORCH.known == OPERATORS.known
    section = (ROOT / "docs/export.md").read_text("utf-8").partition("## Networks of plugins")[2]
    arithmetic = {each for name in BINARY for names in NAMES for each in names(name)}
    aliases = {name for name, declared in DECLARED.items() if declared.name != name}
    for name in OPERATORS.known - aliases - arithmetic - {"_copy"}:
        plain = name.replace("_contrib_", "contrib.").replace("_np_", "").lstrip("_")
        assert f"`{plain}`" in section, name


def outputs_of(symbol: Any, shape: tuple[int | str, ...], given: Any) -> list[Any]:
    """What the file of a symbol of ``a`` gives."""
    graph = network_in_onnx(NetworkGraph.from_json(symbol.tojson(), ["a"]), {}, {"a": shape})
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    found: list[Any] = open_session(model.SerializeToString()).run(None, {"a": given})
    return found


@pytest.mark.parametrize("batch", [1, 3])
def test_the_size_of_the_batch_is_left_open(batch: int) -> None:
    """Shapes that depend on it go through every way of telling a shape."""
    a = mx.sym.var("a")
    rows = mx.sym.reshape(mx.sym.transpose(a, axes=(0, 2, 3, 1)), shape=(0, -1, 2))
    joined = mx.sym.reshape(a, shape=(-3, 0, 0))
    symbol = mx.sym.Group(
        [
            rows,
            mx.sym.reshape_like(rows, a),
            mx.sym.reshape(joined, shape=(-4, -1, 4, -2)),
            mx.sym.broadcast_like(mx.sym.sum(a, axis=(0, 1), keepdims=True), a),
            mx.sym.slice_like(rows, mx.sym.slice_axis(a, axis=1, begin=0, end=2), axes=(0, 1)),
            mx.sym.repeat(rows, repeats=2, axis=0),
            mx.sym.flatten(rows),
        ]
    )
    data = np.random.default_rng(0).normal(size=(batch, 4, 6, 2)).astype(np.float32)
    theirs = symbol.eval(a=mx.nd.array(data))
    for mine, wanted in zip(outputs_of(symbol, ("batch", 4, 6, 2), data), theirs, strict=True):
        np.testing.assert_allclose(mine, wanted.asnumpy(), rtol=1e-6)


def test_a_shape_that_no_file_can_tell_is_told() -> None:
    a = mx.sym.var("a")
    symbol = mx.sym.Pooling(mx.sym.transpose(a, axes=(1, 2, 0, 3)), kernel=(2, 2), name="across")
    with pytest.raises(ExportError, match="across: the size of its maps depends on the batch"):
        outputs_of(symbol, ("batch", 4, 6, 2), None)


def test_an_input_that_goes_through_unchanged_is_an_output() -> None:
    data = np.ones((2, 3), np.float32)
    (found,) = outputs_of(mx.sym.identity(mx.sym.var("a")), ("batch", 3), data)
    np.testing.assert_array_equal(found, data)


def test_weights_that_no_operator_reads_are_left_out() -> None:
    a, gamma = mx.sym.var("a"), mx.sym.var("norm.gamma")
    norm = mx.sym.BatchNorm(a, gamma, *(mx.sym.var(f"norm.{each}") for each in ("beta", "running_mean", "running_var")))
    weights = {f"norm.{each}": np.full(3, 2, np.float32) for each in ("gamma", "beta", "running_mean", "running_var")}
    written = network_in_onnx(NetworkGraph.from_json(norm.tojson(), ["a"]), weights, {"a": ("batch", 3, 2, 2)})
    assert [each.name for each in written.initializer if each.name.startswith("norm")] == [
        "norm.beta",
        "norm.running_mean",
        "norm.running_var",
    ]
    assert [each.name for each in written.node] == ["norm/BatchNormalization"]
