"""From a file of an image to a batch that a network learns from."""
