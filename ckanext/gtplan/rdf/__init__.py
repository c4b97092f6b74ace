"""Records as RDF, by the paths of the profile's table; those of the plan by ``plan.yaml``.

``graph`` writes records and ``reader`` (with ``nodes`` and ``geometry``) reads them; ``terms`` is
what they share. ``feed`` makes pages in every syntax, ``document`` reads one of any syntax.
``vocabulary`` and ``shapes`` are what the portal publishes about the profile, ``validation`` judges
by the shapes. ``reception`` fits what was read to a portal's fields; ``profile`` is the adapter to
ckanext-dcat, and ``portal`` asks CKAN.

``plan`` writes the plan's records, by ``table`` and with ``plan_values`` and ``literals``;
``joining`` makes one document of many graphs, ``plan_vocabulary`` describes `gtp:`.
"""
