"""Detectors in ONNX files: written and proved with `onnx`, run with `onnxruntime` and NumPy alone."""
