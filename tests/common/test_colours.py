"""Text is legible on every colour, and classes are told apart, also by those who see fewer colours."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zoo_core.common.colours import class_colour, contrast, css, text_colour

MOST = 1203
"""The classes of LVIS."""
WHITE = (255, 255, 255)
EYES = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""What is seen of linear RGB, by Machado, Oliveira and Fernandes (2009)."""


def seen(colours, eyes):
    """Colours (N, 3) as points of OKLab (Ottosson, 2020), in which 0.02 is just noticed."""
    parts = np.array(colours) / 255
    light = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    light = np.clip(light @ np.array(EYES[eyes]).T, 0, 1)
    cones = light @ np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.63]]).T
    return np.cbrt(cones) @ np.array([[0.2105, 0.7936, -0.0041], [1.978, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]).T


def test_text_is_legible_on_every_colour_and_every_colour_on_white_paper():
    for colour in map(class_colour, range(MOST)):
        assert contrast(text_colour(colour), colour) >= 4.5
        assert contrast(colour, WHITE) >= 3, "WCAG's least for what is not text"


def test_text_is_legible_on_any_background():
    shades = range(0, 256, 51)
    assert min(contrast(text_colour(each), each) for each in itertools.product(shades, repeat=3)) >= 4.5


def test_contrast_is_that_of_wcag():
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast(WHITE, (0x76, 0x76, 0x76)) == pytest.approx(4.54, abs=0.01)  # the lightest grey that passes AA
    assert contrast((0, 0, 255), WHITE) == pytest.approx(8.59, abs=0.01)


@pytest.mark.parametrize("eyes", EYES)
def test_classes_are_told_apart(eyes):
    points = seen([class_colour(index) for index in range(MOST)], eyes)
    assert np.linalg.norm(points[1:] - points[:-1], axis=1).min() > 0.09, "neighbours"
    few = points[:6]
    distances = np.linalg.norm(few[:, None] - few[None], axis=2)
    assert distances[~np.eye(len(few), dtype=bool)].min() > 0.08, "the first classes, each from each"


def test_hardly_two_of_many_classes_have_one_colour():
    assert len({class_colour(index) for index in range(300)}) == 300
    assert len({class_colour(index) for index in range(MOST)}) > 0.98 * MOST
    assert css(class_colour(0)) == "#0072b2"
