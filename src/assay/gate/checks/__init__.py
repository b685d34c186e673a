"""What a gate can check, one kind per file; a new kind is a file here and its use in `conf/gate/*.yaml`."""
