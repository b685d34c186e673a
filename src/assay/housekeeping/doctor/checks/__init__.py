"""What `assay doctor` asks, one question per file; a new one is a file here and a line of `doctor/catalogue.py`."""
