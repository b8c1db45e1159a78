"""Trainings of the detector zoo in MLflow."""

__version__ = "0.1.0"
