"""Pictures at an address (`s3://…`, `gs://…`), mirrored into the cache. May import data, config and below."""
