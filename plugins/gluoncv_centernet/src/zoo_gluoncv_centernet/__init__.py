"""GluonCV's CenterNet for the detector zoo."""

__version__ = "0.1.0"
