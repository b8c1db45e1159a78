"""Many pictures on one sheet, of any shapes."""

import numpy as np
import pytest

from zoo_core.boxes.contact_sheet import contact_sheet, fitted


def plain(height, width, value):
    return np.full((height, width, 3), value, dtype=np.uint8)


def test_every_picture_is_there_once_and_rows_are_as_high_as_they_need():
    sheet = contact_sheet([plain(50, 100, 10), plain(40, 100, 20), plain(30, 60, 30)], columns=2, side=100)
    assert sheet.shape == (50 + 4 + 50, 100 + 4 + 100, 3)
    assert (sheet[0:50, 0:100] == 10).all()
    assert (sheet[5:45, 104:] == 20).all()
    assert (sheet[54:, 0:100] == 30).all()
    assert (sheet[54:, 104:] == 255).all()


def test_a_single_picture_is_scaled_to_the_side():
    assert contact_sheet([plain(10, 20, 0)], columns=4, side=100).shape == (50, 100, 3)


@pytest.mark.parametrize(
    ("shape", "expected"), [((10, 1000), (1, 100)), ((400, 200), (100, 50)), ((25, 25), (100, 100))]
)
def test_pictures_keep_their_proportions(shape, expected):
    assert fitted(plain(*shape, 7), 100).shape[:2] == expected
