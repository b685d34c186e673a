"""Generated images: distances to real ones, copies, worth in training. May import predictor and below."""
