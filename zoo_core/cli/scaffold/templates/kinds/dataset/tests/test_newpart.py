"""The promises of every dataset reader, and of this one."""

import pytest
from zoo_core import DatasetError, make
from zoo_core.testing import DatasetContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(DatasetContract):
    class_names = ("square",)

    @pytest.fixture
    def settings(self, root):
        return NewpartSettings(root=root)


def table(folder, *rows):
    (folder / "train.csv").write_text("\n".join(["image,class,x1,y1,x2,y2", *rows]), encoding="utf-8")
    return make(NewpartSettings(root=folder))


def test_rows_without_a_box_are_left_out_and_told(tmp_path):
    images = table(tmp_path, "a.png,cat,0,0,9,9", "a.png,cat,9,9,0,0", "a.png,cat,1,2").train(["cat"])
    assert len(images) == 1
    assert [problem.partition(": ")[0].rpartition(", ")[2] for problem in images.problems] == ["line 3", "line 4"]


def test_classes_that_are_not_configured_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="not configured: cow"):
        table(tmp_path, "a.png,cow,0,0,9,9").train(["cat"])


def test_a_missing_table_and_a_missing_column_are_told(tmp_path):
    with pytest.raises(DatasetError, match=r"train\.csv: cannot be read"):
        make(NewpartSettings(root=tmp_path)).train(["cat"])
    (tmp_path / "train.csv").write_text("image,class,x1,y1,x2\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="has no column y2"):
        make(NewpartSettings(root=tmp_path)).train(["cat"])
