"""The page of a verdict."""
