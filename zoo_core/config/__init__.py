"""What a detector is and how it is trained, validated before anything runs. Light: no numpy, no images, no engine."""

from zoo_core.common.former_paths import former_names

__getattr__ = former_names(
    __name__,
    {
        "zoo_core.config.detector": ("DetectorConfig", "NmsSettings", "Normalization"),
        "zoo_core.config.weights": ("WeightsSettings",),
    },
)
