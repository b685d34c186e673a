"""The REST API: one file for each group of addresses; everything that computes lies beside this folder."""
