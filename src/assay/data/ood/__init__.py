"""Pictures that a model is held against although it was not made for them: the split ood."""
