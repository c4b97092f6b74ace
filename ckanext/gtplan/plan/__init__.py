"""The plan as plain objects: no CKAN, no web, no database.

``dates``, ``moments`` and ``money`` are the values, ``model`` and ``parts`` the entities made of
them, ``shapes`` what their fields take, ``vocabulary`` and ``labels`` the code lists and names,
``records`` the way from entities to CKAN's dictionaries and back. Of these are made ``files``
(YAML both ways), ``follow`` (reports and computed progress) and ``tables`` (open data).
"""
