"""Audit: what spoils an experiment that is made on a dataset, how sure that is, and what a person decided about it."""
