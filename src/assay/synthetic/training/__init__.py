"""Generated images in training: which are taken, how they are mixed in, and whether they have earned their place."""
