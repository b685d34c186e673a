"""What training minimises: one file per loss, each called with logits [B, C] and targets, int64 [B] or soft [B, C]."""
