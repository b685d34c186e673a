"""One file per command: compose, call the rooms, report."""
