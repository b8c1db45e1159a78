"""Formats of data sets, one a module."""
