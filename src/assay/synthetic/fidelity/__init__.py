"""How near generated images come to real ones: distances, copies, shortcuts."""
