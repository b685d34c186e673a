"""Networks as graphs: ONNX, TorchScript, torch.export, and what answers with them."""
