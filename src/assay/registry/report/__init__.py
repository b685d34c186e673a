"""The page of registered models: champions over time, versions, verdicts."""
