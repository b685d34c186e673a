"""Samples of generated images: drawn at random, queued for the form plausibility, and judged by what was said."""
