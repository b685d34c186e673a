"""Where Hydra finds the sweeper of Assay."""
