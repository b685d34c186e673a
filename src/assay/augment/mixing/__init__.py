"""Mixing: one file per way to blend the images of a batch."""
