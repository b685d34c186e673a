"""Page, plots, contact sheet and table about generated images."""
