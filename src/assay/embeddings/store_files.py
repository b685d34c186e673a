"""Names of the files in a set of the embedding store, for whoever looks at it without the libraries that read it."""

SUFFIX = ".safetensors"
"""Of a shard."""
ABOUT = "about.json"
"""What a set holds, for people; its access time says when the set was last used."""
CLAIMS = "claims"
"""Folder of a set with a locked file for each part that somebody works on."""
