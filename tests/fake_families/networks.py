"""A backbone, a neck and two heads."""
# ruff: noqa: ARG002, N803  # arguments and names are gluon's

from zoo_core.plugin_api import ClassRows, Scoring, by_anchor, mx

nn = mx.gluon.nn


def conv(channels, kernel=3, stride=1, **more):
    return nn.Conv2D(channels, kernel, stride, kernel // 2, weight_initializer=mx.init.Xavier(), **more)


class Steps(mx.gluon.HybridBlock):
    """See `StepsSettings`."""

    def __init__(self, settings):
        super().__init__()
        self.layers = nn.HybridSequential()
        for index, channels in enumerate(settings.channels):
            stride = settings.first_stride if index == 0 else 2
            # 7 and 3 are such that ceil(side / stride) cells are left.
            self.layers.add(nn.Conv2D(channels, 7 if stride == 4 else 3, stride, 3 if stride == 4 else 1))

    def hybrid_forward(self, F, images):
        """Feature maps of images."""
        maps = []
        for layer in self.layers:
            images = F.relu(layer(images))
            maps.append(images)
        return maps


class TopDown(mx.gluon.HybridBlock):
    """See `TopDownSettings`."""

    def __init__(self, settings, maps):
        super().__init__()
        self._coarsest_first = settings.coarsest_first
        self.lateral, self.extra = nn.HybridSequential(), nn.HybridSequential()
        for _ in maps:
            self.lateral.add(conv(settings.channels, 1))
        for _ in range(settings.extra):
            self.extra.add(conv(settings.channels, 3, 2))

    def hybrid_forward(self, F, maps):
        """Feature maps of feature maps."""
        made = [layer(map_) for layer, map_ in zip(self.lateral, maps, strict=True)]
        for index in range(len(made) - 1, 0, -1):
            larger = F.UpSampling(made[index], scale=2, sample_type="nearest")
            made[index - 1] = made[index - 1] + F.slice_like(larger, made[index - 1], axes=(2, 3))
        for layer in self.extra:
            made.append(layer(made[-1]))
        return made[::-1] if self._coarsest_first else made


class SharedHead(mx.gluon.HybridBlock):
    """See `SharedHeadSettings`; with objectness it is made beside the boxes, as FCOS' centre-ness."""

    def __init__(self, settings, outputs):
        super().__init__()
        self._classes, self._each = outputs.classes, outputs.anchors_per_cell[0]
        self.tower = conv(8, activation="relu")
        self.class_layer = conv(self._each * outputs.classes)
        self.box_layer = conv(self._each * 4)
        self.center = conv(self._each) if outputs.scoring is Scoring.OBJECTNESS else None

    @property
    def class_rows(self):
        """Of the one class layer."""
        return {"class_layer": ClassRows(self._each, 0, "box_layer")}

    def hybrid_forward(self, F, maps):
        """Scores and numbers."""
        towers = [self.tower(map_) for map_ in maps]
        scores = by_anchor(F, [self.class_layer(each) for each in towers], self._classes)
        if self.center is not None:
            scores = F.concat(by_anchor(F, [self.center(each) for each in towers], 1), scores, dim=2)
        return scores, by_anchor(F, [self.box_layer(each) for each in towers], 4)


class OneConvHead(mx.gluon.HybridBlock):
    """See `OneConvHeadSettings`; of an anchor first the four numbers, then the scores."""

    def __init__(self, settings, outputs):
        super().__init__()
        self._outputs = outputs
        self.outputs = nn.HybridSequential()
        for each in outputs.anchors_per_cell:
            self.outputs.add(conv(each * (4 + outputs.scores), 1))

    @property
    def class_rows(self):
        """Behind the numbers, and the objectness where there is one."""
        before = 4 + self._outputs.scoring.before_classes
        return {
            f"outputs.{index}": ClassRows(each, before) for index, each in enumerate(self._outputs.anchors_per_cell)
        }

    def hybrid_forward(self, F, maps):
        """Scores and numbers."""
        said = [layer(map_) for layer, map_ in zip(self.outputs, maps, strict=True)]
        said = by_anchor(F, said, 4 + self._outputs.scores)
        return F.slice_axis(said, axis=2, begin=4, end=None), F.slice_axis(said, axis=2, begin=0, end=4)
