"""Where a file says that it comes from: read beside the score, and never part of it."""
