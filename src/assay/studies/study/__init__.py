"""A study: variants trained over seeds or folds, and what is significant between them."""
