"""A run's model as a bundle, its exported forms, and what they cost. May import run and below."""
