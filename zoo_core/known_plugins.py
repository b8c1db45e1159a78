"""Which package has which part, so that a name that is not installed is met with its remedy."""

from __future__ import annotations

__all__ = ["CORE", "OWN_PACKAGES", "package_with"]

CORE = "zoo-core"
"""The distribution of the core, which is a plugin too."""

_CONTENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "zoo-tinyssd": {
        "backbone": ("tinyssd",),
        "anchors": ("multibox_prior",),
        "targets": ("multibox",),
        "loss": ("multibox",),
        "detector": ("tinyssd_256_voc", "tinyssd_512_voc", "tinyssd_shapes"),
    },
    "zoo-gluoncv-ssd": {
        "backbone": ("mobilenet1.0", "vgg16_atrous"),
        "anchors": ("ssd",),
        "targets": ("ssd",),
        "loss": ("ssd_multibox",),
        "detector": ("ssd_300_vgg16_atrous_voc", "ssd_512_mobilenet1.0_voc", "ssd_512_vgg16_atrous_voc"),
    },
}

OWN_PACKAGES = (CORE, *_CONTENTS)
"""The packages of the zoo's own authors, in the order in which they are loaded."""


def package_with(kind: str, name: str) -> str | None:
    """The package that gives this component, or this detector (kind ``"detector"``), if one is known."""
    return next((package for package, parts in _CONTENTS.items() if name in parts.get(kind, ())), None)
