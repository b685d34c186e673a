"""Serving: one engine that holds one bundle and answers about pictures of others. May import the registry and below."""
