"""Anchors are GluonCV's shapes on the cells of each map, and are fitted to objects, the coarsest map first."""

import numpy as np

import zoo_core as zoo
from zoo_core.boxes.placing import place
from zoo_core.boxes.protocols import Sample


def test_anchors_stand_on_the_cells_of_their_map():
    config = zoo.load_config("yolo3_mobilenet0.25_custom", {"input_size": "100x72"})  # no multiple of 32
    anchors = place(config.anchors, zoo.plan(config))
    assert [(level.height, level.width) for level in anchors.levels] == [(4, 3), (7, 5), (13, 9)]
    cells, strides = anchors.cells, np.array([32, 16, 8])[anchors.cells.level]
    middle = np.stack([(cells.column + 0.5) * strides, (cells.row + 0.5) * strides], axis=1)
    np.testing.assert_array_equal(anchors.boxes[:, :2], middle)
    shapes = np.array(config.anchors.shapes)[cells.level, cells.rank]
    np.testing.assert_array_equal(anchors.boxes[:, 2:], shapes)


class Cells:
    """Pictures of 416x416 with small objects of one shape and large ones of another."""

    class_names, problems = ("object",), ()

    def __len__(self):
        return 12

    def __getitem__(self, index):
        rng = np.random.default_rng(index)
        sizes = np.concatenate([rng.normal((14, 36), 1, (6, 2)), rng.normal((300, 250), 4, (2, 2))])
        corners = rng.uniform(0, 416 - sizes)
        boxes = np.concatenate([corners, corners + sizes], axis=1).astype(np.float32)
        none, image = np.zeros(8, bool), np.zeros((416, 416, 3), np.uint8)
        return Sample(image, boxes, np.zeros(8, np.int64), none, none, str(index))


def test_anchors_are_fitted_though_the_coarsest_map_is_first():
    config = zoo.load_config("yolo3_mobilenet0.25_custom")
    proposal = zoo.check_anchors(config, Cells()).proposal
    coarsest, *finer = (np.array(shapes) for shapes in proposal.anchors.shapes)
    assert np.abs(coarsest - (300, 250)).max() < 30
    assert np.abs(np.concatenate(finer) - (14, 36)).max(axis=1).min() < 5
    assert proposal.overall.mean_iou > 0.7
