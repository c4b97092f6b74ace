"""A portal's own extension, as far as it matters: its schema of ``dataset``."""
