"""Images: where they come from, what is known of each, how they are split and read. May import config and below."""
