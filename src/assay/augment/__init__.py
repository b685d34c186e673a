"""Augmentation: random views of single images, and blends of the images of a batch. May import data and below."""
