"""Sweep: one search with Optuna, trial by trial, in any number of processes, through any kill. Imports `run`."""
