"""The living tables in CKAN: kept in the DataStore beside their records, edited row by row."""
