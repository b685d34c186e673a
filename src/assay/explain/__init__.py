"""Where a network looks: maps, overlays for people, and sanity checks. May import predictor and below."""
