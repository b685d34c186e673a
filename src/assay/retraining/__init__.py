"""Retraining: jobs that retrain the champion by a schedule, step by step, so that a kill loses and doubles nothing."""
