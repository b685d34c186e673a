"""Generated images that have to earn their place: distances to real ones, copies, and what they are worth."""
