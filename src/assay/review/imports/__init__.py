"""Reviews that were made elsewhere: read from a table, held against the items, and written like any other."""
