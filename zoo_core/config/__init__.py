"""What a detector is and how it is trained, validated before anything runs. Light: no numpy, no images, no engine."""
