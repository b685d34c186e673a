"""Jobs: many pictures that were sent together, answered when nobody else waits, over restarts."""
