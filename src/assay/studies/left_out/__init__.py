"""Leave-one-generator-out: how well a detector of generated pictures does on generators that it has not seen."""
