"""INT8: quantise a network after training, and correct what that costs."""
