"""Out of distribution: pictures that the model should not answer about, found in two stages."""
