"""What several processes share: database URLs, engines, locks, chains of records. May import errors and files."""
