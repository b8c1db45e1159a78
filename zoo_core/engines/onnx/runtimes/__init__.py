"""What runs exported files: ONNX Runtime on one of its devices, or OpenVINO."""
