"""Embeddings: features of a backbone, once per image, weights and preprocessing. May import models and below."""
