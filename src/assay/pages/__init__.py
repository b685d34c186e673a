"""The kit of every page: canvas, marks, SVG, PNG, axes, palette, numbers, templates. May import files."""
