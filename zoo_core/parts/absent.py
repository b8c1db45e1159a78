"""What settings are known by whose part is not installed; those themselves are in `zoo_core.parts.stand_ins`."""

__all__ = ["Absent"]


class Absent:
    """Marks settings of a part that is not installed."""
