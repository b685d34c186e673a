"""How far reviewers agree, beyond what chance would make of it."""
