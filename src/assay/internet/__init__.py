"""The way out to the internet: addresses that are read strictly, and connections to checked public ones alone."""
