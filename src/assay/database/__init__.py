"""What several processes share: URLs, engines, locks, whole tables, chains of records. May import errors and files."""
