"""Other portals' feeds, read by ckanext-harvest."""
