"""How the anchors of a detector meet the objects of a data set, and which sizes and ratios would meet them better."""
