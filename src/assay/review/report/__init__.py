"""What reviews have shown: agreement, acceptance, how well reviewers review; as values, table and page."""
