"""The operators of MXNet's graphs as every engine understands them: names, settings, shapes, windows."""
