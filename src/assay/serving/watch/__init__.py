"""The watcher beside the service: when it looks, whom it tells, and what health and metrics say of it."""
