"""Where a network looks: maps of what speaks for a class, overlays for people, and checks of what the maps mean."""
