"""What a part is: its kind, its settings, its description. Light: no numpy, no images, no engine."""
