"""Bundle: exactly what is served, with its evidence and the sha256 of each file."""
