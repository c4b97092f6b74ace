"""Tables that are uploaded: read with caution, and checked cell by cell."""
