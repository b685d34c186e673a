"""Samplers: which rows an epoch draws; one file per answer."""
