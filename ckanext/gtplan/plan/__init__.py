"""The plan as plain objects: no CKAN, no web, no database.

``dates`` and ``money`` are the values, ``model`` the entities made of them,
``vocabulary`` the code lists, ``reader`` turns YAML into entities or into a list of
problems that name file and line, ``checks`` are the rules between records, and
``tables`` turns records into the tables that are published as open data.
"""
