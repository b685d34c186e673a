"""The kit of every page: canvas, marks, SVG, PNG, axes, palette, numbers, templates. Knows nothing of what is shown."""
