"""Config as typed input: composed, checked and explained before anything heavy is imported."""
