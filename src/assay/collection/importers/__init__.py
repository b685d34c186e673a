"""Importers: pictures that lie on this machine already, such as one's own exports of generators."""
