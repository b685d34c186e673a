"""Embeddings: features of a frozen backbone, computed fast and only once per image, weights and preprocessing."""
