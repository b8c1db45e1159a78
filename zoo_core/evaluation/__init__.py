"""How good a detector is: the scores of Pascal VOC and of COCO, what its errors are, reports, and files of results."""
