"""Tracking: the one room that talks to MLflow tracking, and knows the files of a run. May import models and below."""
