"""Whether maps mean something: they must change with the weights, and must find what the model relies on."""
