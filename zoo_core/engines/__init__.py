"""What runs networks, and what turns a configuration and weights into a detector."""
