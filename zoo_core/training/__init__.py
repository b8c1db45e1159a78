"""The loop around an engine's steps, and what it keeps, measures and shows."""
