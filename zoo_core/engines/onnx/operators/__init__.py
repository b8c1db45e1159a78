"""MXNet's operators written as ONNX: a kind of operators a file."""
