"""Points, and shapes on cells."""

from zoo_core.plugin_api import anchors_on_cells


class Points:
    """See `PointSettings`."""

    def __init__(self, settings):
        self.settings = settings

    def __call__(self, maps, image):
        """One anchor a cell."""
        return anchors_on_cells(maps, [[(map_.stride, map_.stride)] for map_ in maps], image)


class Shapes(Points):
    """See `ShapesSettings`."""

    def __call__(self, maps, image):
        """As many anchors a cell as shapes."""
        return anchors_on_cells(maps, self.settings.shapes, image)
