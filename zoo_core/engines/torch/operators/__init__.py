"""What MXNet's operators compute, in PyTorch: a kind of operators a file."""
