"""The jobs of a multirun in other processes: what each may use of its machine, and what it hands back."""
