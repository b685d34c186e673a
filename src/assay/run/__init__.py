"""One run, from config to record: images, network, training, evidence. May import synthetic, explain and below."""
