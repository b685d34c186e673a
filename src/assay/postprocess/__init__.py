"""What comes after the model and learns from its outputs alone: calibrators, later detectors and reject rules."""
