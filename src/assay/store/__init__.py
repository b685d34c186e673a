"""Store: the service's database: what was asked and answered, by whose key, and an audit trail that can be verified."""
