"""Where candidates come from: one file per source, each with its limits, its terms and the shape of its answers."""
