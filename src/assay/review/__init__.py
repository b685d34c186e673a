"""People decide what the model should not: what is to be looked at, by whom, in which form, and what was said of it."""
