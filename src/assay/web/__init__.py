"""The kit of the service's pages: one look with the reports, sessions, forms, languages, policy, static files."""
