"""Metadata out to other portals and in from them."""
