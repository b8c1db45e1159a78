"""From pictures to detections, whatever runs the network."""
