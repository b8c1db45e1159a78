"""Points, and shapes on cells."""

import numpy as np

from zoo_core.plugin_api import Anchors, BoxFormat


class Points:
    """See `PointSettings`."""

    def __init__(self, settings):
        self.settings = settings

    def __call__(self, maps, image):
        """One anchor a cell."""
        return _placed(maps, image, [[(map_.stride, map_.stride)] for map_ in maps])


class Shapes(Points):
    """See `ShapesSettings`."""

    def __call__(self, maps, image):
        """As many anchors a cell as shapes."""
        return _placed(maps, image, self.settings.shapes)


def _placed(maps, image, shapes):
    boxes = []
    for map_, sizes in zip(maps, shapes, strict=True):
        rows, columns, ranks = np.indices((map_.height, map_.width, len(sizes))).reshape(3, -1)
        middle = (np.stack([columns, rows], axis=1) + 0.5) * map_.stride
        boxes.append(np.concatenate([middle, np.array(sizes, np.float32)[ranks]], axis=1))
    return Anchors(np.concatenate(boxes), BoxFormat.CENTER_PIXEL, image)
