"""A bundle as an MLflow model, without pickles."""
