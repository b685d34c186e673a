"""The desk: pages where reviewers sign in, look, choose blind, and decide."""
