"""The first version of a plugin, written for its author: ``zoo plugin new``."""
