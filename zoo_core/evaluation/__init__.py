"""How good a detector is: average precision by both rules of Pascal VOC, and a report."""
