"""PyTorch: the networks that MXNet makes, run and trained without it."""
