"""The light halves of the backbones of GluonCV's YOLO3: classification networks, cut at strides 8, 16 and 32."""

from typing import Literal

from zoo_gluoncv_ssd.backbone_settings import GluonCVBackboneSettings
from zoo_gluoncv_ssd.shapes import Stage, Window

__all__ = ["DarkNet53Settings", "MobileNetSettings"]

_HALVE = Window(kernel=3, stride=2, padding=1)


class DarkNet53Settings(GluonCVBackboneSettings):
    """DarkNet-53, the backbone of YOLO3: three maps, of strides 8, 16 and 32.

    Source: Redmon and Farhadi, YOLOv3: An Incremental Improvement, 2018; GluonCV 0.10.5,
    gluoncv/model_zoo/yolo/darknet.py.
    """

    name: Literal["darknet53"] = "darknet53"

    def stages(self) -> tuple[Stage, ...]:
        """Three halvings to the first map, one to each further map."""
        return Stage(256, (_HALVE,) * 3), Stage(512, (_HALVE,)), Stage(1024, (_HALVE,))


class MobileNetSettings(GluonCVBackboneSettings):
    """MobileNet v1 without extra layers: three maps, of strides 8, 16 and 32.

    Source: Howard et al., MobileNets, 2017; GluonCV 0.10.5, gluoncv/model_zoo/mobilenet.py, cut as in
    gluoncv/model_zoo/yolo/yolo3.py.
    """

    name: Literal["mobilenet"] = "mobilenet"
    network: Literal["mobilenet1.0", "mobilenet0.75", "mobilenet0.5", "mobilenet0.25"] = "mobilenet1.0"
    """Its name in GluonCV's model zoo, which says the channels of each layer as a share of those of the full one."""

    def stages(self) -> tuple[Stage, ...]:
        """Three halvings to the first map, one to each further map."""
        share = float(self.network.removeprefix("mobilenet"))
        channels = (int(each * share) for each in (256, 512, 1024))
        return tuple(Stage(each, (_HALVE,) * halvings) for each, halvings in zip(channels, (3, 1, 1), strict=True))
