"""The living tables in CKAN: kept in the DataStore beside their records, edited row by row.

Where a table stands: ``resources`` (its resource), ``store`` (its columns and lock), ``tables``
(making, repairing and removing them). Its rows: ``reading``, ``totals``, ``comparison``; every
write goes through ``writing``, which changes one table by ``editing``, keeps ``history`` and lets
``changes`` follow. What is refused: ``checks``, in the words of ``messages``. Who comes by:
``gate`` (CKAN's own actions on tables), ``actions`` (ours), ``uploading`` (a file that waits for
consent), ``renewal`` (a new year). What people fill in: ``column_types``, ``questions``,
``template``.
"""
