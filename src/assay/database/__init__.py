"""What several processes share: database URLs, engines, locks, tables that are whole, chains of records. May import errors and files."""
