"""Annotated images: readers, the input transform, augmentation, and batches for training."""
