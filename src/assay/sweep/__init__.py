"""Sweep: one search with Optuna, in any number of processes, through any kill. May import run and below."""
