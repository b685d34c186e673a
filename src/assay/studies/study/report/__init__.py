"""What a study shows: page, figures, Markdown and table."""
