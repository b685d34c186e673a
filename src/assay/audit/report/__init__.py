"""The page of an audit: findings with their pictures, decided side by side, and what is in the dataset."""
