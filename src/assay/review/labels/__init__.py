"""Reviewed labels: what people have decided, as something that training takes, and that ends with the consent."""
