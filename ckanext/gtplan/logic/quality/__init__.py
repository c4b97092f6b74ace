"""The quality of metadata: what conforms, what may become public, and how that moves."""
