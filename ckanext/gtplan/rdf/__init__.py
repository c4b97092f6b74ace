"""Records as RDF, by the paths of the profile's table."""
