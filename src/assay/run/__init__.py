"""One run, from config to record: images, network, training, evidence, explanation. Imports tracking and below."""
