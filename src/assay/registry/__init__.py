"""The gate: only evidence moves an alias, and everything that was decided can be looked up."""
