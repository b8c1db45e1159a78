"""Many pictures on one sheet, of any shapes."""

import numpy as np
import pytest

from zoo_core.boxes.contact_sheet import SheetHead, contact_sheet, fitted
from zoo_core.boxes.legend import Entry
from zoo_core.boxes.lettering import text_mask
from zoo_core.common.colours import class_colour


def plain(height, width, value):
    return np.full((height, width, 3), value, dtype=np.uint8)


def found(sheet, value):
    """Where a grey is: top, left, height and width."""
    rows, columns = np.nonzero((sheet == value).all(2))
    extent = rows.max() + 1 - rows.min(), columns.max() + 1 - columns.min()
    assert len(rows) == np.prod(extent), "whole, and nothing over it"
    return rows.min(), columns.min(), *extent


def test_every_picture_is_there_once_in_its_row_and_those_that_belong_together_lie_close():
    pictures = [plain(200, 400, 1), plain(320, 400, 2), plain(160, 400, 3), plain(120, 240, 4), plain(40, 80, 5)]
    sheet = contact_sheet(pictures, ["n"] * 5, SheetHead("title"), columns=4, side=400, together=2)
    first, second, third, fourth, fifth = (found(sheet, value) for value in range(1, 6))
    heights = [each[2] for each in (first, second, third, fourth, fifth)]
    assert heights == [200, 320, 160, 200, 200]
    assert first[0] == second[0] == third[0] == fourth[0] < fifth[0] - 320
    assert [second[1] - first[1], third[1] - second[1], fourth[1] - third[1]] == [404, 420, 404]
    assert fifth[1] == first[1]
    assert (sheet[[0, -1]] == 255).all()
    assert (sheet[:, [0, -1]] == 255).all()


def test_title_names_and_legend_are_written_above_the_pictures():
    entries = [Entry("cat", class_colour(1)), Entry("dog", class_colour(8))]
    bare, whole = (
        contact_sheet([plain(50, 50, 128)] * 2, names, head, columns=2, side=300)
        for names, head in ((["", ""], SheetHead("")), (["one", "two"], SheetHead("title", "note", entries)))
    )
    assert (bare == 255).all(2).mean() > 0.1
    dark = [(sheet < 100).all(2).sum() for sheet in (bare, whole)]
    assert dark[0] == 0 < dark[1]
    assert all((whole == class_colour(label)).all(2).sum() > 50 for label in (1, 8))
    assert whole.shape[1] == bare.shape[1] == 2 * 300 + 20 + 2 * 16


def test_a_long_title_fits_over_a_single_picture():
    sheet = contact_sheet([plain(10, 20, 0)], ["n" * 90], SheetHead("t" * 200), columns=4, side=100)
    assert text_mask("t" * 200, 20).shape[1] > sheet.shape[1] == 480 + 2 * 16
    assert (sheet[:, -16:] == 255).all()


@pytest.mark.parametrize(
    ("shape", "expected"), [((10, 1000), (1, 100)), ((400, 200), (100, 50)), ((25, 25), (100, 100))]
)
def test_pictures_keep_their_proportions(shape, expected):
    assert fitted(plain(*shape, 7), 100).shape[:2] == expected
