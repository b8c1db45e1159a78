"""Wrong files are refused, and right ones are not."""

from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo_core as zoo
from tests.engines.onnx.tampering import behind
from tests.engines.onnx.wrong_files import WRONG
from tests.sampling import one_in
from zoo_core.boxes.boxes import Anchors
from zoo_core.common.errors import ExportError
from zoo_core.config.detector import NmsSettings
from zoo_core.engines.onnx import exporting, verification
from zoo_core.engines.onnx.drawn import DrawnOutputs
from zoo_core.engines.onnx.exported_network import exported_network
from zoo_core.engines.onnx.exporting import Export
from zoo_core.engines.onnx.judging import Answer, PostProcessing, judge
from zoo_core.engines.onnx.verification import verify_boxes
from zoo_core.prediction.postprocessing import candidates, postprocess

QUICK = (
    "labels + 1",
    "no output count",
    "offsets within 4",
    "class scores of another class",
    "twice the softmax",
    "blue for red",
    "a weight 1 % larger",
)


@pytest.fixture(scope="module", autouse=True)
def _few_drawn_outputs():
    """All are drawn here."""


@pytest.fixture(scope="module")
def new(tiny_table):
    """Its scores are nearly all equal, as those of every detector that has not been trained."""
    return zoo.build(tiny_table, {"training.seed": 3})


def passed(detector, wrong, folder, monkeypatch, picture=None):
    """The names of those wrong files that were written."""
    written = []
    for name in wrong:
        monkeypatch.setattr(exporting, "assemble", WRONG[name])
        try:
            zoo.export(detector, folder / "wrong.onnx", picture_size=picture)
        except ExportError as error:
            assert "was not kept" in str(error), name  # noqa: PT017
        else:
            written.append(name)
        assert list(folder.glob("*.onnx")) == [folder / "wrong.onnx"] * bool(name in written)
    return written


def test_wrong_files_are_refused(tiny, tmp_path, monkeypatch):
    assert passed(tiny, QUICK, tmp_path, monkeypatch) == []


@pytest.mark.slow
@pytest.mark.parametrize("which", ["tiny", "new"])
def test_all_wrong_files_are_refused(which, request, tmp_path, monkeypatch):
    assert len(WRONG) >= 165
    assert passed(request.getfixturevalue(which), WRONG, tmp_path, monkeypatch) == []


@pytest.mark.parametrize(
    "wrong",
    [behind("probabilities", "Pow", 2), behind("offsets", "Mul", 1.001), behind("anchors", "Mul", 1.001)],
    ids=["probabilities", "offsets", "anchors"],
)
def test_wrong_raw_files_are_refused(wrong, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "assemble", wrong)
    with pytest.raises(ExportError, match="differs from the detector and was not kept"):
        zoo.export(tiny, tmp_path / "raw.onnx", raw=True)


def test_boxes_of_an_int8_file_are_verified_too(tiny, tmp_path, monkeypatch):
    def quantized(*_):
        return WRONG["keep 101"](*assembled[-1])

    def assemble(*arguments):
        assembled.append(arguments)
        return right(*arguments)

    assembled, right = [], exporting.assemble
    monkeypatch.setattr(exporting, "assemble", assemble)
    monkeypatch.setattr(exporting, "quantized", quantized)
    with pytest.raises(ExportError, match="was not kept"):
        zoo.export(tiny, tmp_path / "int8.onnx", int8=zoo.dataset(tiny.config), force=True)
    assert list(tmp_path.iterdir()) == []


def test_one_class_whose_scores_tie_is_exported(tmp_path):
    """A flat picture gives hundreds of anchors the same score, and the list of candidates ends among them."""
    report = zoo.export(zoo.build("tinyssd_256_voc", {"classes": ["a"], "training.seed": 2}), tmp_path / "x.onnx")
    assert report.parity.detections > 1000


@pytest.mark.parametrize(
    ("resize", "picture"),
    one_in(
        4,
        [
            ({"name": "short_side"}, "90x130"),
            ({"name": "stretch", "interpolation": "cubic"}, None),
            ({"name": "stretch", "interpolation": "auto", "rounded": True}, None),
            ({"name": "letterbox"}, None),
        ],
    ),
    ids=str,
)
def test_files_are_verified_however_pictures_are_resized(resize, picture, tiny, tmp_path, monkeypatch):
    config = zoo.load_config(tiny.config, {"resize": resize})
    detector = zoo.Detector(config, tiny.engine)
    report = zoo.export(detector, tmp_path / "x.onnx", picture_size=picture)
    assert report.parity.detections > 1000
    assert passed(detector, ["mean 1 % higher", "top_k 399"], tmp_path / "wrong", monkeypatch, picture) == []


TINY_NAMES = [name for name in zoo.detectors() if name.startswith("tinyssd") or "mobilenet0.25" in name]
FRESH = [
    *product(sorted(zoo.detectors()), (None, ["a"]), [0]),
    *product(sorted(TINY_NAMES), (None, ["a"]), range(1, 13)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "classes", "seed"), FRESH)
def test_fresh_detectors_are_exported(name, classes, seed, tmp_path):
    overrides = {"data": None, "training.seed": seed} | ({"classes": classes} if classes else {})
    report = zoo.export(zoo.build(name, overrides), tmp_path / "x.onnx")
    assert report.parity.detections >= verification.LEAST_DETECTIONS


@pytest.mark.slow
@pytest.mark.parametrize("classes", [None, ["circle"]], ids=str)
def test_trained_detectors_are_exported_and_wrong_files_of_them_refused(classes, tmp_path, monkeypatch):
    overrides = {"training.epochs": 2, "data.train_images": 256, "data.validation_images": 16}
    run = zoo.train("tinyssd_shapes", tmp_path / "run", overrides | ({"classes": classes} if classes else {}))
    detector = zoo.load(run.folder)
    assert zoo.export(detector, tmp_path / "right.onnx").parity.detections > 1000
    some = ("x1 +0.03 behind the clip", "boxes x 1.01", "5 % narrower", "keep 101", "top_k 399", "iou .46")
    (tmp_path / "wrong").mkdir()
    assert passed(detector, some, tmp_path / "wrong", monkeypatch) == []


def post_processing(detector, **nms):
    changed = detector.config.nms.model_copy(update=nms)
    return PostProcessing(detector.anchors, detector.encoder, changed, detector.class_names)


def model_of(detector):
    return Export(detector, exported_network(detector))._model()


@pytest.mark.parametrize(
    "nms",
    [
        {"score": 0.0},
        pytest.param({"score": 1.0, "keep": 1}, marks=pytest.mark.slow),
        pytest.param({"top_k": 1}, marks=pytest.mark.slow),
        pytest.param({"top_k": 10**6, "keep": 10**6}, marks=pytest.mark.slow),
        pytest.param({"iou": 1.0, "keep": 3}, marks=pytest.mark.slow),
        {"iou": 0.01, "per_class": False},
    ],
    ids=str,
)
def test_every_setting_can_be_verified(nms, tiny):
    config = tiny.config.model_copy(update={"nms": NmsSettings(**nms)})
    detector = zoo.Detector(config, tiny.engine)
    model = model_of(detector)
    assert verify_boxes(post_processing(detector), model, None) >= verification.LEAST_DETECTIONS


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        NmsSettings,
        score=st.floats(0, 1, width=32, allow_subnormal=False),
        iou=st.floats(0.01, 1),
        top_k=st.integers(1, 2000),
        keep=st.integers(1, 500),
        per_class=st.booleans(),
    )
)
def test_right_files_pass_with_any_settings(tiny, nms):
    detector = zoo.Detector(tiny.config.model_copy(update={"nms": nms}), tiny.engine)
    assert verify_boxes(post_processing(detector), model_of(detector), None) >= verification.LEAST_DETECTIONS


def test_nothing_compared_is_no_proof(tiny, monkeypatch):
    monkeypatch.setattr(DrawnOutputs, "__iter__", lambda drawn: iter([drawn._near()]))
    with pytest.raises(ExportError, match=r"could not be verified .* of at least 100 could be compared"):
        verify_boxes(post_processing(tiny), model_of(tiny), None)


def test_a_network_that_says_no_numbers_is_refused(new, tmp_path, monkeypatch):
    right = new.engine.outputs
    monkeypatch.setattr(new.engine, "outputs", lambda images: tuple(each * np.nan for each in right(images)))
    with pytest.raises(ExportError, match="class scores of the network itself are not finite"):
        zoo.export(new, tmp_path / "x.onnx")


def test_where_rounding_decides_the_file_is_followed(tiny):
    """Two boxes overlap as much as is allowed, but for rounding: either answer is right, and a third is not."""
    anchors = Anchors(
        [[0.0, 0.0, 1.0, 0.5], [0.0, 0.25, 1.0, 0.75], [0, 0.5, 1, 1]], zoo.BoxFormat.CORNER_UNIT, (40, 80)
    )
    nms = NmsSettings(iou=1 / 3)
    zoo_says = PostProcessing(anchors, tiny.encoder, nms, ("a",))
    probabilities, offsets = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]], np.float32), np.zeros((3, 4), np.float32)
    boxes = candidates(probabilities, offsets, anchors, tiny.encoder, nms).boxes * [80, 40, 80, 40]

    def answer(*kept):
        rest = 3 - len(kept)
        return Answer(
            np.pad(boxes[list(kept)], ((0, rest), (0, 0))),
            np.pad(probabilities[list(kept), 1], (0, rest)),
            np.pad(np.zeros(len(kept), int), (0, rest), constant_values=-1),
            len(kept),
        )

    for right in [(0, 1, 2), (0, 2), (0, 1)]:
        judged = judge(zoo_says, probabilities, offsets, zoo.ImageSize(40, 80), answer(*right))
        assert len(judged.scores) == len(right)
    for wrong in [(0,), (1, 2), (2, 0), ()]:
        with pytest.raises(ExportError):
            judge(zoo_says, probabilities, offsets, zoo.ImageSize(40, 80), answer(*wrong))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), exponent=st.floats(-3, 12), ties=st.booleans())
def test_the_answer_of_the_zoo_itself_is_right(tiny, seed, exponent, ties):
    rng = np.random.default_rng(seed)
    zoo_says, image = post_processing(tiny), zoo.ImageSize(64, 96)
    probabilities = rng.random((len(tiny.anchors), 4), np.float32)
    probabilities = np.round(probabilities, 1) if ties else probabilities
    offsets = (rng.normal(size=(len(tiny.anchors), 4)) * 10**exponent).astype(np.float32)
    found = postprocess(probabilities, offsets, tiny.anchors, tiny.encoder, zoo_says.nms)
    boxes = np.clip(found.boxes, 0, 1) * np.float32([96, 64, 96, 64])
    answer = Answer(boxes, found.scores, found.labels, len(found.scores))
    assert len(judge(zoo_says, probabilities, offsets, image, answer).scores) == len(found.scores)
