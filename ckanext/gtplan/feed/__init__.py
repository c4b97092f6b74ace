"""Feeds of stored fragments: made when a dataset changes, streamed whole, with their changes."""
