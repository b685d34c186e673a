"""Reports of a service: how good its models are, what its data are, how it is used; page, JSON, CSV and text agree."""
