"""Whether what a model meets differs from what it was measured on: tests, label shift, causes, the report."""
