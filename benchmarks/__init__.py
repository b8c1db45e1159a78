"""Measurements against the peers, side by side in one process; run all with ``python -m benchmarks``."""
