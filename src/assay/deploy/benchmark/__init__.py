"""What a bundle costs to run: latency, throughput, cold start and memory of each of its formats."""
