"""Estimates of how good a model is now: without labels, with few, with those there are; and where it operates."""
