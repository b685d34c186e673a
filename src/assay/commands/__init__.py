"""Commands: what is typed and what is shown; the work is done in the rooms below, all of which it may import."""
