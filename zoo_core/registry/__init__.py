"""Finding the parts of all plugins and looking them up by name. Light: no numpy, no images, no engine."""
