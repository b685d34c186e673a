"""Registry: moving aliases, and the history of everything that was decided. May import gate and below."""
