"""Networks: backbone, weights, head, losses, schedules, and how they are trained. May import data and below."""
