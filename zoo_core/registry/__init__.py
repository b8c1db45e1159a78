"""Finding the parts of all plugins and looking them up by name. Light: no numpy, no images, no engine."""

from zoo_core.common.former_paths import former_names

__getattr__ = former_names(
    __name__,
    {
        "zoo_core.registry.choosing": ("settings_from",),
        "zoo_core.registry.registry": ("Registry", "default_registry", "make"),
    },
)
