"""Faults of GluonCV that its users meet, shown failing, and the same thing right here.

Those of anchors, targets, losses, inputs and initial weights are in the tests of
zoo-gluoncv-ssd, beside the parts.
"""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.common.errors import ConfigError
from zoo_core.config.augmentation import Photometric
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.evaluation.evaluate import score
from zoo_core.evaluation.results import ImageResult, Results
from zoo_core.parts.geometry import ImageSize

pytestmark = pytest.mark.slow  # a library that is retired keeps its faults

LITE = "ssd_300_mobilenet1.0_lite_coco"


def preset(name, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # building a SymbolBlock warns of a type that it guesses
        return getattr(import_quietly("gluoncv.model_zoo.ssd.presets"), name)(pretrained_base=False, **settings)


def test_new_classes_keep_the_window_of_the_predictors(tmp_path):
    """GluonCV's reset_class makes 1x1 predictors 3x3."""
    theirs = preset("ssd_300_mobilenet1_0_lite_coco")
    theirs.initialize()
    theirs(mx.nd.zeros((1, 3, 96, 96)))
    theirs.save_parameters(str(tmp_path / f"{LITE}.params"))
    before = theirs.class_predictors[0].predictor.weight.data().asnumpy()
    assert before.shape[2:] == (1, 1)
    overrides = {"classes": ["kitten", "zebra"], "weights.reuse": {"kitten": "cat", "zebra": "zebra"}}
    ours = zoo.build(LITE, {**overrides, "weights.source": str(tmp_path / f"{LITE}.params")}).engine.network
    after = ours.class_predictors[0].weight.data().asnumpy()
    assert after.shape[2:] == (1, 1)
    np.testing.assert_array_equal(after[1::3], before[1 + theirs.classes.index("cat") :: 81])
    np.testing.assert_array_equal(after[0::3], before[0::81])

    theirs.reset_class(["kitten", "zebra"])
    assert theirs.class_predictors[0].predictor.weight.shape[2:] == (3, 3)


def gluoncv_average_precision(found, true):
    metric = import_quietly("gluoncv.utils.metrics.voc_detection").VOCMApMetric(class_names=["cat"])
    metric.update(*(np.array([each], float) for each in (found, [[0]], [[0.9]], true, [[0]])))
    return metric.get()[1][0]


def test_scores_on_normalised_boxes():
    """GluonCV adds 1 to every side, so that an overlap of 0.4 counts as a good one."""
    true, found = [[0.1, 0.1, 0.2, 0.2]], [[0.1, 0.1, 0.2, 0.14]]
    assert our_average_precision(found, true) == 0
    assert gluoncv_average_precision(found, true) == 1


def our_average_precision(found, true):
    zero, no = np.zeros(1, int), np.zeros(1, bool)
    image = ImageResult("", ImageSize(1, 1), np.array(true), zero, no, no, np.array(found), np.array([0.9]), zero)
    return score(Results(("cat",), (image,))).map_voc10


def test_scores_before_anything_was_added():
    metric = import_quietly("gluoncv.utils.metrics.voc_detection").VOCMApMetric(class_names=["cat"])
    with pytest.raises(ValueError, match=r"max\(\).* empty"):
        metric.get()
    assert np.isnan(score(Results(("cat",), ())).map_voc07)


def test_names_that_numpy_removed(monkeypatch):
    """GluonCV's COCO metric says np.float; here it runs, because the name is brought back before."""
    update = import_quietly("gluoncv.utils.metrics.coco_detection").COCODetectionMetric.update
    metric = SimpleNamespace(_img_ids=[], _current_id=0)
    given = (np.zeros((1, 1, 4)), np.zeros((1, 1, 1)), np.ones((1, 1, 1)))
    with monkeypatch.context() as patch:
        patch.delattr(np, "float")
        with pytest.raises(AttributeError, match="has no attribute 'float'"):
            update(metric, *given)
    with pytest.raises(IndexError):  # that line is passed: what is missing now is the data set
        update(metric, *given)


def test_class_names_in_capitals(tmp_path, write_voc):
    """GluonCV's reader makes all names of a file small, and so has to refuse such classes."""
    root = write_voc(tmp_path / "VOC2007", {"a": [("RBC", (11, 11, 30, 40))]}).parent

    class Cells(import_quietly("gluoncv.data").VOCDetection):
        CLASSES = ("RBC",)

    with pytest.raises(RuntimeError, match="must not contain uppercase characters"):
        Cells(root=str(root), splits=((2007, "trainval"),))
    table = {"data": {"name": "voc", "root": str(root / "VOC2007")}, "classes": ["RBC"]}
    assert zoo.dataset(zoo.load_config("tinyssd_256_voc", table))[0].labels.tolist() == [0]


def test_coordinates_from_0(tmp_path, write_voc):
    """GluonCV takes 1 from each corner, which shrinks no box but moves it, and drops one that begins at 0."""
    root = write_voc(tmp_path / "VOC2007", {"a": [("cat", (0, 11, 30, 40)), ("cat", (11, 11, 30, 40))]}).parent
    theirs = import_quietly("gluoncv.data").VOCDetection(root=str(root), splits=((2007, "trainval"),))[0][1]
    np.testing.assert_array_equal(theirs[:, :4], [[10, 10, 29, 39]])
    table = {"data": {"name": "voc", "root": str(root / "VOC2007")}, "classes": ["cat"]}
    ours = zoo.dataset(zoo.load_config("tinyssd_256_voc", table))[0].boxes
    np.testing.assert_array_equal(ours, [[0, 10, 30, 40], [10, 10, 30, 40]])


def test_the_angle_of_hue(monkeypatch):
    """GluonCV turns hue by up to 18 half circles: by 17 of them it comes out as the opposite colour."""
    distort = import_quietly("gluoncv.data.transforms.experimental.image").random_color_distort
    chosen = iter([0, 0, 0, 1])  # of brightness, contrast, saturation and hue, the last alone
    monkeypatch.setattr(np.random, "uniform", lambda *_: next(chosen))
    monkeypatch.setattr(np.random, "randint", lambda *_: 1)
    monkeypatch.setattr("random.uniform", lambda _, high: high - 1)
    orange, grey = np.array([200, 120, 40]), 0.299 * 200 + 0.587 * 120 + 0.114 * 40
    theirs = distort(mx.nd.array(orange[None, None])).asnumpy()[0, 0]
    assert np.abs(theirs - (2 * grey - orange)).max() < 3
    assert Photometric().hue == 36


def test_a_bare_text_is_no_list_of_classes():
    assert preset("ssd_512_mobilenet1_0_custom", classes="abc").num_classes == 3
    with pytest.raises(ConfigError, match=r"should be a list of names: write \[abc\] for the one class 'abc'"):
        zoo.load_config("ssd_512_mobilenet1.0_custom", {"classes": "abc"})


def test_the_last_batch_is_scored(write_voc, tmp_path):
    """GluonCV's script for scoring has its loader roll what fills no batch over to a next epoch, which never comes."""
    given = mx.gluon.data.DataLoader(list(range(5)), batch_size=4, last_batch="rollover")
    assert sum(len(batch) for batch in given) == 4
    names = {name: [("cat", (11, 11, 30, 40))] for name in "abcde"}
    table = {"data": {"name": "voc", "root": str(write_voc(tmp_path, names))}, "classes": ["cat"], "input_size": 96}
    config = zoo.load_config("tinyssd_256_voc", table)
    report = zoo.evaluate(zoo.build(config), zoo.dataset(config))
    assert report.images == 5
