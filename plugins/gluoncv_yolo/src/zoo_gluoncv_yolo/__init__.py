"""GluonCV's YOLO3 for the detector zoo."""

__version__ = "0.1.0"
