"""Which anchor answers for which object: the steps that matching rules are made of.

Every step takes overlaps (M, N) of M objects with N anchors, and works on a match (N,) of
int64: the index of the object for which an anchor answers, or `UNMATCHED`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["UNMATCHED", "match_bipartite", "match_by_threshold"]

UNMATCHED = -1
