"""What an experiment has shown: who is right more often, how surely, and what each arm has done; as page and tables."""
