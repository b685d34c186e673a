"""Steps: what a retraining does, one file each, in the order that `build.retraining_steps` gives."""
