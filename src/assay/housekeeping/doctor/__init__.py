"""`assay doctor`: what is wrong with an installation, and what mends it; one file for each check."""
