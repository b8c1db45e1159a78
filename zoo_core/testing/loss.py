"""What losses promise: one number for each image and part, and gradients that train."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo_core.parts.components import LossSettings, Scoring
from zoo_core.testing.comparing import assert_close, try_cases
from zoo_core.testing.contract import ComponentContract
from zoo_core.testing.loss_cases import (
    ANCHORS,
    IMAGES,
    Batch,
    batch_of,
    divisors,
    learned,
    sure_scores,
    with_classes,
    with_two_classes_on_an_anchor,
)
from zoo_core.testing.networks import assert_hybrid_block, numbers

__all__ = ["LossContract"]

_ROUNDING = 1e-5
"""By how much a loss may differ when MXNet computes it in another way, as a fraction of the largest."""
_NOTHING = 1e-4
"""A sum below this share of what is added up is 0 but for rounding."""
_PARTS = slice(0, 2), slice(2, 4)
"""Equal parts of the images."""
_SEEDS = st.integers(0, 2**32 - 1)


class LossContract(ComponentContract):
    """Every check of a loss, on random predictions for images with and without objects."""

    rests_on: ClassVar[tuple[str, ...]] = ("test_is_a_hybrid_block", "test_gives_two_parts_of_every_image")
    varied: ClassVar[tuple[str, ...]] = (
        "test_gives_two_parts_of_every_image",
        "test_is_finite_whatever_is_in_the_images",
        "test_ignored_anchors_have_no_influence",
        "test_every_image_has_its_own_parts",
    )
    examples: ClassVar[int] = 8  # each holds a hundred anchors

    def loss(self, settings: LossSettings) -> Any:
        """The loss as training starts with it."""
        block = self.make(settings)
        block.initialize()
        return block

    def test_is_a_hybrid_block(self, settings: LossSettings) -> None:
        """The loss is a gluon HybridBlock, which training compiles."""
        assert_hybrid_block(self.make(settings))

    def test_gives_two_parts_of_every_image(self, settings: LossSettings) -> None:
        """It returns the class part and the box part, each with one number for each image: (B,)."""
        parts = self.loss(settings)(*batch_of(settings, 0).arrays(settings))
        assert isinstance(parts, list | tuple) and len(parts) == 2, "a loss should return its class part and box part"
        for name, part in zip(("class", "box"), parts, strict=True):
            assert part.shape == (IMAGES,), (
                f"the {name} part of {IMAGES} images should have the shape ({IMAGES},), not {part.shape}"
            )

    def test_is_finite_whatever_is_in_the_images(self, settings: LossSettings) -> None:
        """No loss and no gradient is infinite or NaN: not without objects, nor with all anchors matched or ignored."""
        loss = self.loss(settings)
        for what, value in (("no object in any image", 0), ("all anchors matched", 1), ("all anchors ignored", -1)):
            results = learned(loss, settings, with_classes(batch_of(settings, 0), np.full((IMAGES, ANCHORS), value)))
            assert all(np.isfinite(each).all() for each in results), (
                f"with {what} the loss or its gradient is infinite or NaN: never divide by a count that may be 0"
            )

    def test_ignored_anchors_have_no_influence(self, settings: LossSettings) -> None:
        """Predictions for an anchor of class -1 change no loss, and their gradient is exactly 0."""
        loss = self.loss(settings)

        def check(seed: int) -> None:
            batch = batch_of(settings, seed)
            ignored = batch.classes == -1
            class_part, box_part, score_gradient, offset_gradient = learned(loss, settings, batch)
            message = "anchors of class -1 should be ignored, but"
            assert not score_gradient[ignored].any(), f"{message} their class scores have a gradient"
            assert not offset_gradient[ignored].any(), f"{message} their offsets have a gradient"
            scores = np.where(ignored[..., None], -batch.scores, batch.scores)
            changed = numbers(loss(*batch._replace(scores=scores).arrays(settings)))
            assert_close(changed, [class_part, box_part], f"{message} their class scores change the loss", _ROUNDING)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_offsets_count_by_the_mask(self, settings: LossSettings) -> None:
        """Offsets of anchors without an object have no gradient, those of others one in proportion to the mask."""
        loss = self.loss(settings)

        def check(seed: int) -> None:
            batch = batch_of(settings, seed)
            gradient = learned(loss, settings, batch)[3]
            assert not gradient[batch.mask == 0].any(), (
                "offsets have a gradient at anchors without an object, where their targets mean nothing: "
                "multiply the error by the mask"
            )
            shares = np.random.default_rng(seed).uniform(0.2, 2, batch.classes.shape)[..., None]
            weighed = learned(loss, settings, batch._replace(mask=batch.mask * shares))[3]
            message = "gradients of offsets are not in proportion to the mask, which an encoder can set to any weight "
            message += "above 0: multiply the error by it, once"
            for before, share, moved in zip(gradient, shares, weighed, strict=True):
                _assert_proportional(moved, share * before, message)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_gradients_train_both_parts(self, settings: LossSettings) -> None:
        """Where there are objects, class scores and offsets have gradients, and all are finite."""
        loss = self.loss(settings)

        def check(seed: int) -> None:
            *_, scores, offsets = learned(loss, settings, batch_of(settings, seed))
            for name, gradient in (("class scores", scores), ("offsets", offsets)):
                assert np.isfinite(gradient).all(), f"gradients of {name} are infinite or NaN"
                assert gradient.any(), f"{name} have no gradient in images with objects: nothing would be learned"

        try_cases(self.examples, check, seed=_SEEDS)

    def test_scores_mean_what_scoring_says(self, settings: LossSettings) -> None:
        """A higher score of its class costs an anchor no more; gradients of scores sum up to 0 for a softmax alone."""
        loss, scoring = self.loss(settings), settings.scoring

        def check(seed: int) -> None:
            batch = batch_of(settings, seed)
            batch = batch._replace(scores=batch.scores / 2)  # no label smoothing asks for less than that
            matched = batch.classes > 0
            gradients, classes = learned(loss, settings, batch)[2][matched], batch.classes[matched]
            own = gradients[np.arange(len(classes)), scoring.before_classes + classes - 1]
            assert (own <= 0).all() and own.any(), (
                f"settings say scoring = {scoring.value!r}, so the score of class c at an anchor is number "
                f"{'c' if not scoring.before_classes else 'c + 1'}, but a higher one costs more where that is its class"
            )
            sums_up = np.abs(gradients.sum(axis=1)).max() < _NOTHING * np.abs(gradients).sum(axis=1).max()
            assert sums_up == (scoring is Scoring.SOFTMAX), (
                f"settings say scoring = {scoring.value!r}, but gradients of the scores of an anchor "
                f"{'' if sums_up else 'do not '}sum up to 0, as those of a softmax do"
            )

        try_cases(self.examples, check, seed=_SEEDS)

    def test_better_predictions_cost_less(self, settings: LossSettings) -> None:
        """Correct predictions cost less than wrong ones, in both parts."""
        loss = self.loss(settings)

        def check(seed: int) -> None:
            batch = batch_of(settings, seed)
            truth = sure_scores(settings.scoring, batch.classes)
            best = batch._replace(scores=truth, offsets=batch.offset_targets)
            worst = batch._replace(scores=-truth, offsets=batch.offset_targets + 1)
            right, wrong = (numbers(loss(*each.arrays(settings))) for each in (best, worst))
            for name, less, more in zip(("class", "box"), right, wrong, strict=True):
                assert less.sum() < more.sum(), (
                    f"the {name} part of perfect predictions is {less.sum():g}, but {more.sum():g} for wrong ones"
                )

        try_cases(self.examples, check, seed=_SEEDS)

    def test_every_image_has_its_own_parts(self, settings: LossSettings) -> None:
        """Images in another order have the same losses in that order."""
        loss = self.loss(settings)

        def check(seed: int) -> None:
            batch = batch_of(settings, seed)
            expected = [part[::-1] for part in numbers(loss(*batch.arrays(settings)))]
            found = numbers(loss(*Batch(*(each[::-1] for each in batch)).arrays(settings)))
            message = "images in another order have different losses: sum over the anchors of an image, not over images"
            assert_close(found, expected, message, _ROUNDING)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_parts_of_a_batch_add_up(self, settings: LossSettings) -> None:
        """The losses and gradients of a batch are those of its parts, weighed by what its normalizers name."""
        if not settings.normalizers:
            return
        loss, names = self.loss(settings), zip(("normalizer", "box_normalizer"), settings.normalizers, strict=False)
        said = " and ".join(f"{name} is {each.value!r}" for name, each in names)

        def check(seed: int) -> None:
            batch = with_two_classes_on_an_anchor(batch_of(settings, seed))
            parts = [Batch(*(each[images] for each in batch)) for images in _PARTS]
            whole, *each = (divisors(part, settings.normalizers) for part in (batch, *parts))
            weighed = [learned(loss, settings, part, own / whole) for own, part in zip(each, parts, strict=True)]
            found = [np.concatenate(pieces) for pieces in zip(*weighed, strict=True)]
            message = f"{said}, but the loss of a batch is not that of its parts so weighed"
            assert_close(found, learned(loss, settings, batch), message, _ROUNDING)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_weights_say_how_much_anchors_count(self, settings: LossSettings) -> None:
        """Where settings say ``weighted``, each matched anchor moves what is said of it by its weight; 1 is nothing."""
        if not settings.weighted:
            return
        loss = self.loss(settings)

        def check(seed: int) -> None:
            batch = batch_of(settings, seed)
            matched, plain = batch.classes > 0, learned(loss, settings, batch)
            ones = np.ones(matched.shape)
            found = learned(loss, settings, batch, of_anchors=ones)
            assert_close(found, plain, "with weights of 1 the loss is another than without any", _ROUNDING)
            weights = np.where(matched, np.random.default_rng(seed).uniform(0.2, 1, matched.shape), ones)
            weighed = batch._replace(mask=batch.mask * weights[..., None])
            gradients = plain[2:], learned(loss, settings, weighed, of_anchors=weights)[2:]
            for name, before, after in zip(("class scores", "offsets"), *gradients, strict=True):
                message = f"gradients of {name} are not as the weights of their anchors: weigh what no mask does, once"
                _assert_proportional(after[matched], (weights[..., None] * before)[matched], message)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_hybridizing_changes_nothing(self, settings: LossSettings) -> None:
        """Compiled by `hybridize()`, the loss and its gradients are the same."""
        plain, compiled = self.loss(settings), self.loss(settings)
        compiled.hybridize(static_alloc=True, static_shape=True)

        def check(seed: int) -> None:
            message = "hybridized, the loss differs: hybrid_forward() must not depend on values or on Python state"
            assert_close(
                learned(compiled, settings, batch_of(settings, seed)),
                learned(plain, settings, batch_of(settings, seed)),
                message,
                _ROUNDING,
            )

        try_cases(self.examples, check, seed=_SEEDS)

    def test_equal_settings_make_equal_losses(self, settings: LossSettings) -> None:
        """The loss depends only on the settings and its arguments, not on randomness or earlier calls."""
        used = self.loss(settings)

        def check(seed: int) -> None:
            message = "a used loss and a new one of equal settings differ"
            assert_close(
                learned(used, settings, batch_of(settings, seed)),
                learned(self.loss(settings), settings, batch_of(settings, seed)),
                message,
                _ROUNDING,
            )

        try_cases(self.examples, check, seed=_SEEDS)


def _assert_proportional(found: NDArray[np.float32], expected: NDArray[np.float32], message: str) -> None:
    """Fail unless one is the other times a positive number: what all are divided by may depend on the weights."""
    common = np.linalg.norm(found) / max(np.linalg.norm(expected), np.finfo(np.float32).tiny)
    assert_close([found], [common * expected], message, _ROUNDING)
