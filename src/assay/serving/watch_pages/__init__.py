"""Pages of the watcher: how the champion is, and what to do about an alert; for those who sign in at the desk."""
