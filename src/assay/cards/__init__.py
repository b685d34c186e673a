"""Model cards and data cards: what a bundle and a manifest know, as documents; what only people know stays open."""
