"""What of a network is trained, stage by stage: one file per schedule."""
