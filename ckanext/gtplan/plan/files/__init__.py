"""Plans as files: YAML read, checked, compared and written, its schema, and OGP's list."""
