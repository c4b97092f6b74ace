"""Pages and whole documents, of one snapshot, as they are sent."""
