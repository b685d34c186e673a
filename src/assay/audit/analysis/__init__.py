"""Analysis: what a dataset is made of and what it lacks, as tables that terminal, page, JSON and CSV show alike."""
