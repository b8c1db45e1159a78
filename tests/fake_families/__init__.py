"""Small parts of other families, as a plugin would have them: FCOS, YOLO and CenterNet in little.

What they are for is the contract of docs/decisions/0010-families.md: each of its words is used by one of them.
"""
