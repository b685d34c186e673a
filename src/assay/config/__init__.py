"""Config as typed input: composed, checked, explained before anything heavy is imported. May import errors."""
