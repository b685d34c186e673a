"""Where Hydra finds the launchers of Assay: what runs the jobs of a multirun, and where."""
