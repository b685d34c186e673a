"""Finders: for each kind of finding a function that looks for it, `(manifest, sources, settings) -> Findings`."""
