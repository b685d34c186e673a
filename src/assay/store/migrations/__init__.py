"""Migrations of the service's database, made whole or not at all."""
