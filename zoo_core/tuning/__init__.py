"""Hyperparameter tuning: trials of a search space, drawn and stopped early by Optuna, which no other room imports."""
