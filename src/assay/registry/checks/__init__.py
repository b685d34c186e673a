"""What a gate can ask, one kind per file; a new kind is a file here and its use in `conf/gate/*.yaml`."""
