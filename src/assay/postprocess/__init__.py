"""What learns from a model's outputs alone: calibrators, detectors, reject rules. May import data and below."""
