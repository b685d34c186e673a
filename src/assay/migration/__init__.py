"""What a lab has in SQLite files, moved to PostgreSQL: all rows, held against what they were, or none."""
