"""Fragments: what is said of each dataset, in every syntax."""
