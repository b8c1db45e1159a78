"""The photographs on which benchmarks run: BCCD, github.com/Shenggan/BCCD_Dataset, in the layout of Pascal VOC."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["CLASSES", "ROOT"]

ROOT = Path(os.environ.get("ZOO_TEST_VOC", Path(__file__).parents[2] / "shared" / "data" / "bccd"))
"""Where they are: the folder named by ZOO_TEST_VOC, or beside the repository, as for the tests."""
CLASSES = ["RBC", "WBC", "Platelets"]
