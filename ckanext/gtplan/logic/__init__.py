"""Plan records as CKAN records: actions, who may call them, validators, loading, publication."""
