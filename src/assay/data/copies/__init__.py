"""Copies: pictures that are the same one, saved, scaled, cropped, framed, turned or mirrored anew."""
