"""Images: where they come from, what is known of each, how they are split and read."""
