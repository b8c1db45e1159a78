"""Every step is held to two properties: boxes stay on their pixels, and equal generators give equal results."""

from __future__ import annotations

import random
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.data.conftest import COLORS, painted
from tests.data.pipeline.test_photometric import repainted
from zoo_core.boxes.boxes import BoxFormat, convert, pairwise_iou
from zoo_core.boxes.protocols import Sample
from zoo_core.config.augmentation import Affine, Crop, Expand, Flip, Photometric, Stretch
from zoo_core.config.resize import LetterboxResize
from zoo_core.config.training import SSD_AUGMENTATION
from zoo_core.data.pipeline import augmentation, steps
from zoo_core.data.pipeline.augmentation import augment, crop, expand, flip, photometric, stretch_randomly
from zoo_core.data.pipeline.transforms import stretch
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.parts.geometry import ImageSize

SEEDS = st.integers(0, 2**32)
ALWAYS = {"probability": 1}


def seen(image: np.ndarray, label: int, colours: np.ndarray = COLORS, distance: int = 0) -> list[int] | None:
    """The box around all pixels of a label's colour, or near to it."""
    rows, columns = np.nonzero((np.abs(image.astype(int) - colours[label]) <= distance).all(axis=2))
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if len(rows) else None


def assert_on_pixels(sample: Sample) -> None:
    for box, label in zip(sample.boxes.tolist(), sample.labels.tolist(), strict=True):
        assert seen(sample.image, label) == box
    assert np.array_equal(sample.difficult, sample.labels % 2 == 1)
    assert len(sample.crowd) == len(sample.labels) == len(sample.boxes)


@settings(deadline=None)
@given(SEEDS)
def test_expanding_keeps_boxes_on_their_pixels(seed):
    rng = np.random.default_rng(seed)
    before = painted(rng)
    after = expand(before, Expand(**ALWAYS, fill=(9, 8, 7)), rng)
    assert_on_pixels(after)
    grown = np.array(after.image.shape[:2]) / before.image.shape[:2]
    assert (grown >= 1).all()
    assert (grown <= 4).all()
    assert abs(grown[0] - grown[1]) < 0.05
    outside = after.image.size - before.image.size
    assert np.count_nonzero((after.image == (9, 8, 7)).all(axis=2)) * 3 == outside


@settings(deadline=None)
@given(SEEDS)
def test_flipping_keeps_boxes_on_their_pixels(seed):
    rng = np.random.default_rng(seed)
    before = painted(rng)
    after = flip(before, Flip(**ALWAYS), rng)
    assert_on_pixels(after)
    assert np.array_equal(after.image, before.image[:, ::-1])
    assert np.array_equal(flip(after, Flip(**ALWAYS), rng).boxes, before.boxes)


@settings(deadline=None)
@given(SEEDS)
def test_an_affine_image_fills_the_input_and_keeps_what_is_seen(seed):
    rng = np.random.default_rng(seed)
    before, size = painted(rng), ImageSize(64, 160)
    after = augment(before, [Affine(border=8, fill=(9, 8, 7))], size, rng, LetterboxResize())
    assert after.image.shape == (*size, 3)
    assert len(after.labels) == len(after.boxes) == len(after.difficult) == len(after.crowd)
    assert np.array_equal(after.difficult, after.labels % 2 == 1)
    boxes = dict(zip(after.labels.tolist(), after.boxes, strict=True))
    for label in before.labels.tolist():
        if found := seen(after.image, label):
            assert np.abs(boxes[label] - found).max() < 3  # its border is blurred, and half a pixel off
        else:
            assert label not in boxes or min(boxes[label][2:] - boxes[label][:2]) < 3


@settings(deadline=None)
@given(SEEDS)
def test_cropping_keeps_boxes_on_their_pixels(seed):
    rng = np.random.default_rng(seed)
    before = painted(rng)
    after = crop(before, Crop(), rng)
    assert_on_pixels(after)
    assert len(after.boxes)
    height, width = after.image.shape[:2]
    share = np.array([height, width]) / before.image.shape[:2]
    assert (share <= 1).all()
    if (share < 1).any():
        assert (share * [before.image.shape[0], before.image.shape[1]] >= 1).all()
        ratio = share[1] / share[0]
        assert 0.45 < ratio < 2.2  # 1/2 to 2, but for whole pixels
        assert np.sqrt(share.prod()) > 0.28


@settings(deadline=None)
@given(SEEDS, st.sampled_from([0.0, 0.1, 0.5, 0.9]), st.sampled_from(["all", "some"]))
def test_a_part_overlaps_objects_by_the_least_iou_and_holds_one(seed, overlap, objects):
    rng = np.random.default_rng(seed)
    sample = painted(rng)
    parts = augmentation._random_parts(sample.image.shape[:2], Crop(), rng)
    fitting = augmentation._fitting(parts, sample.boxes, overlap, objects)
    enough = {"all": all, "some": any}[objects]
    for place, part in enumerate(parts):
        fits = enough(pairwise_iou(part[None], sample.boxes)[0] >= overlap)
        assert (place in fitting) == (fits and len(augmentation._cut(sample, part).boxes) > 0)


@pytest.mark.slow
def test_parts_are_as_often_and_as_large_as_those_of_gluoncv():
    """The share of whole images, and the mean area of the others; GluonCV tries one part where none is demanded."""
    boxes_of = import_quietly("gluoncv.data.transforms.experimental.bbox")
    sample = painted(np.random.default_rng(2))
    height, width = sample.image.shape[:2]
    rng = np.random.default_rng(0)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002, TID251 -- GluonCV draws from it
    areas = np.empty((2, 120))
    for place in range(120):
        areas[0, place] = crop(sample, Crop(), rng).image[..., 0].size
        _, (_, _, wide, high) = boxes_of.random_crop_with_constraints(sample.boxes, (width, height))
        areas[1, place] = wide * high
    shares = areas / (height * width)
    ours, theirs = shares
    assert (ours == 1).mean() == pytest.approx((theirs == 1).mean(), abs=0.15)
    assert ours[ours < 1].mean() == pytest.approx(theirs[theirs < 1].mean(), rel=0.15)
    ours = np.array([crop(sample, Crop(objects="some"), rng).image[..., 0].size for _ in range(300)]) / (height * width)
    assert (ours == 1).mean() < (theirs == 1).mean() - 0.2


def test_an_object_goes_when_its_centre_is_cut_off():
    sample = painted(np.random.default_rng(0), objects=2)
    x1, y1, x2, y2 = sample.boxes[0]
    just_kept = np.array([0, 0, np.floor((x1 + x2) / 2) + 1, y2], np.float32)
    just_lost = np.array([0, 0, np.floor((x1 + x2) / 2), y2], np.float32)
    assert augmentation._cut(sample, just_kept).boxes.tolist() == [[x1, y1, just_kept[2], y2]]
    assert augmentation._cut(sample, just_lost).boxes.shape == (0, 4)


def test_every_choice_of_cropping_occurs():
    rng = np.random.default_rng(0)
    sample = painted(rng)
    areas = [crop(sample, Crop(), rng).image[:, :, 0].size / sample.image[:, :, 0].size for _ in range(300)]
    assert 0.08 < np.mean(np.array(areas) == 1) < 0.6  # the whole in 1 of 7, and where nothing fits
    assert min(areas) < 0.2


@pytest.mark.parametrize("step", [crop, expand, flip, photometric])
def test_an_image_without_objects_passes_every_step(step):
    settings_of = {crop: Crop(), expand: Expand(), flip: Flip(), photometric: Photometric()}
    rng = np.random.default_rng(0)
    for _ in range(20):
        after = step(painted(rng, objects=0), settings_of[step], rng)
        assert after.boxes.shape == (0, 4)
        assert after.labels.shape == after.difficult.shape == (0,)


@settings(deadline=None)
@given(SEEDS, st.sampled_from(list(augmentation.INTERPOLATIONS)))
def test_stretching_keeps_boxes_on_their_pixels(seed, interpolation):
    rng = np.random.default_rng(seed)
    sample = painted(rng)
    size = ImageSize(*(int(side) for side in rng.integers(40, 400, 2)))
    after = stretch_randomly(sample, Stretch(interpolations=(interpolation,)), rng, size)
    assert after.image.shape[:2] == size
    factors = np.array(size) / sample.image.shape[:2]
    assert np.allclose(after.boxes, sample.boxes * np.tile(factors[::-1], 2), rtol=1e-6)
    assert_near_pixels(after, COLORS, blur(interpolation, factors))


def blur(interpolation: str, factors: np.ndarray) -> float:
    """By how many pixels an edge may look moved when an image was stretched by these factors."""
    return 1.0 if interpolation == "nearest" else 1 + 2 * max(1, *factors)


def assert_near_pixels(sample: Sample, colours_: np.ndarray, tolerance: float) -> None:
    for box, label in zip(sample.boxes, sample.labels, strict=True):
        found = seen(sample.image, label, colours_, 0 if tolerance == 1 else 40)
        if found is None:
            assert min(box[2:] - box[:2]) <= 2 * tolerance
        else:
            assert np.abs(np.array(found) - box).max() <= tolerance + 1e-3


@settings(deadline=None)
@given(SEEDS, st.sampled_from(list(augmentation.INTERPOLATIONS)))
def test_the_whole_recipe_keeps_boxes_on_their_pixels(seed, interpolation):
    sample = painted(np.random.default_rng(seed))
    recipe = (Photometric(), Expand(), Crop(), Stretch(interpolations=(interpolation,)), Flip())
    parts = []  # what was left of the image just before it was stretched

    def cut(sample, settings, rng):
        parts.append(crop(sample, settings, rng))
        return parts[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps.CropStep, "change", cut)
        after = augment(sample, recipe, ImageSize(96, 120), np.random.default_rng(seed))
    palette = repainted(seed)
    least = np.abs(palette[:, None].astype(int) - np.concatenate([palette, [Expand().fill]])).max(axis=2)
    assume(np.sort(least, axis=1)[:, 1].min() > 90)  # colours that can be told apart, after clipping too
    assert_near_pixels(after, palette, blur(interpolation, np.array([96, 120]) / parts[0].image.shape[:2]))
    assert len(after.boxes) == len(after.labels) == len(after.difficult) == len(after.crowd) >= 1
    assert np.array_equal(after.difficult, after.labels % 2 == 1)


@settings(deadline=None)
@given(SEEDS)
def test_the_thinnest_boxes_that_readers_let_through_keep_their_sides(seed):
    rng = np.random.default_rng(seed)
    sample = painted(rng)
    corner = rng.uniform(0, 59, (4, 2))
    thin = replace(
        sample, boxes=np.concatenate([corner, corner + rng.uniform(0.01, 0.02, (4, 2))], 1).astype(np.float32)
    )
    after = augment(thin, SSD_AUGMENTATION, ImageSize(64, 48), rng)
    unit = convert(after.boxes, BoxFormat.CORNER_PIXEL, BoxFormat.CORNER_UNIT, ImageSize(64, 48))
    assert (unit[:, :2] < unit[:, 2:]).all()


@settings(deadline=None, max_examples=50)
@given(SEEDS)
def test_the_whole_recipe_is_a_function_of_the_generator(seed):
    sample = painted(np.random.default_rng(seed))
    untouched = sample.image.copy(), sample.boxes.copy()
    first, second = (
        augment(sample, SSD_AUGMENTATION, ImageSize(64, 48), np.random.default_rng(seed)) for _ in range(2)
    )
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.boxes, second.boxes)
    assert first.image.shape == (64, 48, 3)
    assert first.boxes.dtype == np.float32
    assert (first.boxes >= 0).all()
    assert (first.boxes <= np.array([48, 64, 48, 64])).all()
    assert (first.boxes[:, :2] < first.boxes[:, 2:]).all()
    assert np.array_equal(sample.image, untouched[0])
    assert np.array_equal(sample.boxes, untouched[1])


def test_steps_are_taken_in_their_order_or_not_at_all():
    sample = painted(np.random.default_rng(0))
    size = ImageSize(*sample.image.shape[:2])
    assert np.array_equal(augment(sample, (), size, np.random.default_rng(0)).image, sample.image)
    mirrored = augment(sample, [Flip(**ALWAYS)], size, np.random.default_rng(0)).image
    assert np.array_equal(mirrored, sample.image[:, ::-1])


def test_what_no_step_stretched_is_left_to_the_input_of_the_network():
    sample, size = painted(np.random.default_rng(0)), ImageSize(64, 48)
    after = augment(sample, [Stretch(), Expand(**ALWAYS, largest=2)], size, np.random.default_rng(0))
    assert after.image.shape[0] > 64
    assert augment(sample, (), size, np.random.default_rng(0)).image is sample.image


def test_interpolations_are_drawn_from_those_given():
    sample, size, rng = painted(np.random.default_rng(0)), ImageSize(64, 48), np.random.default_rng(0)

    def kinds(settings):
        return {stretch_randomly(sample, settings, rng, size).image.tobytes() for _ in range(60)}

    assert len(kinds(Stretch())) == 5
    assert kinds(Stretch(interpolations=("cubic",))) == {stretch(sample.image, size, cv2.INTER_CUBIC).tobytes()}


def test_a_probability_of_zero_changes_nothing():
    sample, rng = painted(np.random.default_rng(0)), np.random.default_rng(0)
    assert flip(sample, Flip(probability=0), rng) is sample
    assert expand(sample, Expand(probability=0), rng) is sample


def test_real_photographs_keep_their_objects(voc_root):
    from zoo_core.data.readers.voc import VocReader
    from zoo_core.data.settings import VocSettings

    dataset = VocReader(VocSettings(root=voc_root)).train(("RBC", "WBC", "Platelets"))
    rng = np.random.default_rng(0)
    kept = [len(augment(dataset[0], SSD_AUGMENTATION, ImageSize(128, 128), rng).boxes) for _ in range(20)]
    assert min(kept) >= 1
