"""The tables that are published of plan records, and the datasets that they make."""
