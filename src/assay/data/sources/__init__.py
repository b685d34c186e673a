"""Where images come from: one file per source, each ending in a manifest."""
