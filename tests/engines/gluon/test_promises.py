"""A part that does something else than it promised ends before anything is built on it, and is named."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import ClassVar, Literal

import numpy as np
import pytest

import zoo_core as zoo
from tests.conftest import TINY
from zoo_core.boxes.protocols import Targets
from zoo_core.common.errors import PluginError
from zoo_core.config.loading import load_config
from zoo_core.data.pipeline.batches import TrainingBatches
from zoo_core.data.readers.shapes import ShapesDataset, ShapesReader
from zoo_core.data.settings import SHAPES, ShapesSettings
from zoo_core.engines.gluon import mx
from zoo_core.parts.components import BoxFormat, Component, DatasetSettings, ResizeSettings
from zoo_core.parts.geometry import ImageSize, Placement
from zoo_core.parts.resizing import ANY_SIZE
from zoo_core.registry.hookspecs import hookimpl
from zoo_core.registry.registry import Registry, default_registry
from zoo_core.training.running import begin
from zoo_tinyssd.loss_settings import MultiBoxLossSettings

TEST = r"; run its conformance test: pytest --pyargs zoo_core\.testing\.everything -k Test_{}"


class ReaderSettings(DatasetSettings):
    """A reader that lies. Source: this test."""

    name: Literal["lying_data"] = "lying_data"


class Narrow(ResizeSettings):
    """Pictures of another size than was asked for. Source: this test."""

    name: Literal["narrow"] = "narrow"
    wide: ClassVar[object] = None

    def placement(self, picture, input_size, least=ANY_SIZE):
        return type(self).wide(picture, input_size, least)


def half(_, size, __):
    return Placement.filling(ImageSize(size.height // 2, size.width // 2))


def fails(*_):
    raise KeyError("no such size")


@pytest.fixture
def lying(monkeypatch):
    """A registry in which the class of one part is another: ``lying("backbone", "tinyssd", Class)``."""

    def lie(kind, name, target):
        module = ModuleType("lying_parts")
        module.Target = target
        monkeypatch.setitem(sys.modules, "lying_parts", module)
        component = default_registry().component(kind, name)
        true = Registry.component_of

        def component_of(self, settings):
            found = true(self, settings)
            return replace(found, target="lying_parts:Target") if found is component else found

        monkeypatch.setattr(Registry, "component_of", component_of)

    return lie


def target_of(kind, name):
    module, _, attribute = default_registry().component(kind, name).target.partition(":")
    return getattr(__import__(module, fromlist=[attribute]), attribute)


def backbone(change):
    """A backbone whose maps are changed."""
    true = target_of("backbone", "tinyssd")

    class Lying(true):
        def hybrid_forward(self, ops, images, **others):
            return change(ops, list(super().hybrid_forward(ops, images, **others)))

    return Lying


def shifted(ops, maps):
    return [ops.slice_axis(maps[0], axis=2, begin=1, end=None), *maps[1:]]


def widened(ops, maps):
    return [ops.concat(maps[0], maps[0], dim=1), *maps[1:]]


def unbatched(ops, maps):
    return [ops.flatten(maps[0]), *maps[1:]]


BACKBONES = {
    "fewer": (lambda _, maps: maps[:-1], r"3 feature maps at 64x96 \(.*\) and gave 2 \("),
    "more": (lambda _, maps: [*maps, maps[-1]], r"3 feature maps at 64x96 .* and gave 4"),
    "size": (shifted, r"promised 8x12 as feature map 0 at 64x96 and gave 7x12"),
    "channels": (widened, r"promised 8 channels as feature map 0 at 64x96 and gave 16"),
    "axes": (unbatched, r"promised \(1, 8, 8, 12\) as feature map 0 at 64x96 and gave \(1, 768\)"),
    "one": (lambda _, maps: maps[0], r"promised a list of feature maps and gave a NDArray"),
}


@pytest.mark.parametrize(("change", "told"), BACKBONES.values(), ids=BACKBONES)
def test_other_feature_maps(lying, change, told):
    lying("backbone", "tinyssd", backbone(change))
    with pytest.raises(PluginError, match=r"backbone 'tinyssd' .*" + told):
        zoo.build(TINY)


def test_what_to_do_is_said(lying):
    lying("backbone", "tinyssd", backbone(shifted))
    with pytest.raises(PluginError, match=TEST.format("backbone_tinyssd") + "$"):
        zoo.build(TINY)


def test_a_backbone_that_fails(lying):
    def broken(ops, maps):
        return [ops.concat(maps[0], maps[1], dim=1)]

    lying("backbone", "tinyssd", backbone(broken))
    with pytest.raises(PluginError, match=r"backbone 'tinyssd' fails at 64x96: .*Error"):
        zoo.build(TINY)


def test_other_maps_at_another_size_are_told_when_a_picture_has_it(lying):
    def at_most(ops, maps):
        return [ops.slice_axis(maps[0], axis=2, begin=0, end=8), *maps[1:]]

    lying("backbone", "tinyssd", backbone(at_most))
    detector = zoo.build({**TINY, "resize": "short_side"})
    with pytest.raises(
        PluginError, match=r"promised feature maps of .* which make \d+ anchors, and gave some that make"
    ):
        detector.predict(np.zeros((200, 64, 3), np.uint8))


def anchors(change):
    true = target_of("anchors", "multibox_prior")

    class Lying(true):
        def __call__(self, maps, image):
            return change(super().__call__(maps, image))

    return Lying


ANCHORS = {
    "fewer": (lambda a: zoo.Anchors(a.boxes[:-2], a.format, a.image), r"promised \d+ anchors at 64x96 .* and gave \d+"),
    "format": (lambda a: a.to(BoxFormat.CORNER_PIXEL), r"promised anchors as corner/unit and gave corner/pixel"),
    "image": (lambda a: zoo.Anchors(a.boxes, a.format, ImageSize(64, 64)), r"64x96 and gave those of 64x64"),
    "bare": (lambda a: a.boxes, r"promised zoo_core\.Anchors and gave a ndarray"),
    "nan": (lambda a: zoo.Anchors(a.boxes * np.nan, a.format, a.image), r"promised boxes and gave NaN"),
    "fails": (lambda _: fails(), r"fails: KeyError: 'no such size'"),
}


@pytest.mark.parametrize(("change", "told"), ANCHORS.values(), ids=ANCHORS)
def test_other_anchors(lying, change, told):
    lying("anchors", "multibox_prior", anchors(change))
    for use in (zoo.build, zoo.check_anchors):
        with pytest.raises(PluginError, match=r"anchor generator 'multibox_prior' .*" + told):
            use(TINY)


def encoder(change=lambda targets: targets, decoded=lambda boxes: boxes):
    true = target_of("targets", "multibox")

    class Lying(true):
        def encode_batch(self, *arguments):
            return change(super().encode_batch(*arguments))

        def decode(self, *arguments):
            return decoded(super().decode(*arguments))

    return Lying


def without_last(targets):
    return replace(targets, classes=targets.classes[:, :-1])


def doubled(targets):
    return Targets(targets.classes, targets.offsets.astype(np.float64), targets.mask)


ENCODERS = {
    "length": (
        {"change": without_last},
        r"classes of two images as \(2, \d+\) of int32 and gave \(2, \d+\)",
    ),
    "dtype": ({"change": doubled}, r"offsets of two images as .* of float32 and gave .* of float64"),
    "tuple": ({"change": lambda t: (t.classes,)}, r"classes of two images as .* and gave a NoneType"),
    "decoded": ({"decoded": lambda boxes: boxes[:3]}, r"decoded boxes as .* and gave \(3, 4\) of float32"),
    "fails": ({"change": fails}, r"fails: KeyError"),
}


@pytest.mark.parametrize(("lie", "told"), ENCODERS.values(), ids=ENCODERS)
def test_other_targets(lying, lie, told):
    lying("targets", "multibox", encoder(**lie))
    with pytest.raises(PluginError, match=r"target encoder 'multibox' .*" + told):
        zoo.build(TINY)


def loss(change):
    class Lying(mx.gluon.HybridBlock):
        def __init__(self, _):
            super().__init__()

        def hybrid_forward(self, _, scores, offsets, *__):
            return change(scores.mean(axis=(1, 2)), offsets.mean(axis=(1, 2)))

    return Lying


LOSSES = {
    "mean": (lambda *parts: [each.mean() for each in parts], r"for 2 images and gave \(1,\), \(1,\)"),
    "one": (lambda first, second: first + second, r"two parts of shape \(2,\) for 2 images and gave one NDArray"),
    "three": (lambda first, second: (first, second, first), r"and gave \(2,\), \(2,\), \(2,\)"),
    "fails": (fails, r"fails: KeyError"),
}


@pytest.mark.parametrize(
    ("lie", "engine"), [*((lie, "mxnet") for lie in LOSSES), *((lie, "torch") for lie in ("mean", "fails"))]
)
def test_other_losses_end_before_training(lying, tmp_path, lie, engine):
    change, told = LOSSES[lie]
    lying("loss", "multibox", loss(change))
    with pytest.raises(PluginError, match=r"loss 'multibox' .*" + told):
        begin(load_config({**TINY, "engine": engine, "device": "cpu"}), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("engine", ["mxnet", "torch"])
def test_a_loss_that_cannot_weigh_ends_before_mixup(monkeypatch, lying, tmp_path, engine):
    lying("loss", "multibox", target_of("loss", "multibox"))
    monkeypatch.setattr(MultiBoxLossSettings, "weighted", True)
    config = load_config({**TINY, "engine": engine, "device": "cpu"}, {"training.mixup": {}})
    with pytest.raises(PluginError, match=r"loss 'multibox' fails: .*argument"):
        begin(config, tmp_path / "run")


def reader(change):
    class Lying(ShapesDataset):
        def __getitem__(self, index):
            return change(super().__getitem__(index))

    class Reader(ShapesReader):
        def train(self, class_names):
            return Lying(ShapesSettings(image_size=48), class_names, 0, 2)

    return Reader


DATA = {
    "outside": (lambda s: replace(s, boxes=s.boxes + 100), r"boxes .* within the image and gave \[.*\] of image 0"),
    "normalized": (lambda s: replace(s, boxes=s.boxes.astype(np.float64) / 48), r"boxes of image 0 as .*float64"),
    "labels": (lambda s: replace(s, labels=s.labels + 3), r"labels from 0 to 2 and gave \d of image 0"),
    "image": (lambda s: replace(s, image=s.image / 255), r"image of image 0 as \(H, W, 3\) of uint8, RGB and gave"),
    "table": (lambda s: {"image": s.image}, r"zoo_core\.Sample and gave a dict of image 0"),
}


@pytest.mark.parametrize(("change", "told"), DATA.values(), ids=DATA)
def test_other_samples(monkeypatch, change, told):
    module = ModuleType("lying_parts")
    module.Reader = reader(change)
    monkeypatch.setitem(sys.modules, "lying_parts", module)
    registry = Registry()
    lying = [Component(ReaderSettings, "lying_parts:Reader")]
    registry.register(SimpleNamespace(zoo_components=hookimpl(lambda: lying)), "lying")
    monkeypatch.setattr("zoo_core.data.opening.make", registry.make)
    config = load_config(TINY).model_copy(update={"data": ReaderSettings(), "classes": SHAPES})
    with pytest.raises(PluginError, match=r"dataset 'lying_data' promised .*" + told):
        zoo.dataset(config, "train")[0]


RESIZES = {
    "half": (half, r"an input of 64x96 for every picture in training and gave 32x48 for one of"),
    "outside": (lambda _, size, __: Placement(size, size, 1, 0), r"a place within the input and gave 64x96 at row 1"),
    "nothing": (lambda _, size, __: Placement(size, ImageSize(0, 3)), r"a place within the input and gave 0x3"),
    "none": (lambda *_: None, r"promised a Placement and gave a NoneType"),
    "fails": (fails, r"fails for a picture of .*: KeyError"),
}


@pytest.mark.parametrize(("lie", "told"), RESIZES.values(), ids=RESIZES)
def test_other_resizing(monkeypatch, lie, told):
    monkeypatch.setattr(Narrow, "wide", staticmethod(lie))
    config = load_config(TINY).model_copy(update={"resize": Narrow()})
    batches = TrainingBatches(zoo.dataset(config, "train"), config, lambda *_: None)
    with pytest.raises(PluginError, match=r"resizing 'narrow' .*" + told):
        batches[0]
