"""Recorded runs compared with a baseline: loaded, paired, written as page and tables."""
