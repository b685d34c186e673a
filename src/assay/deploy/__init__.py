"""What leaves the workshop: a run's model as a bundle, its exported formats, and what they cost."""
