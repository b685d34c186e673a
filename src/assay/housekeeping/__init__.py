"""Housekeeping: what runs and caches take on disk, and what of it may go. May import registry and below."""
