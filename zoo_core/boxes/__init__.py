"""Boxes that say what they are, matched, encoded and drawn. NumPy; no engine."""
