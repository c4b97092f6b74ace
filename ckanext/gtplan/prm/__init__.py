"""The Perfil Regional de Metadatos (PRM) 1.0, as one table and what follows from it.

``profile`` and ``vocabulary`` read the table and the code lists. ``values`` (with ``texts`` and
``reasons``) reads single values strictly, ``foreign`` understands those of others, ``places`` knows
ISO 3166. ``builder`` makes records of rows; ``record`` gives it CKAN packages, ``datajson`` gives
it data.json and writes that, ``package`` is the way from a record back to CKAN. ``conformance``
says what a record lacks, ``proposals`` what an older dataset could be given. ``scheming`` and
``reference`` write the files that are made of the table.
"""
