"""Copies: pictures that are the same one, saved, scaled, cropped, turned or mirrored anew."""
