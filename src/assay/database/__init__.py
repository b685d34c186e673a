"""Databases and files that several processes share: URLs, engines, locks. May import errors and files."""
