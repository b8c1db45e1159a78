"""Training: the loop around the network's steps, what it keeps, measures and shows."""

from zoo_core.training.running import TrainingRun, batches_for, begin, resume

__all__ = ["TrainingRun", "batches_for", "begin", "resume"]
