"""Commands: what is typed and what is shown; the work is done in the rooms below."""
