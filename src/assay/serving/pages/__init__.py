"""The page for people: ask about a picture, and understand the answer."""
