"""How Alembic reaches the database; CKAN sets its address before it calls."""

from __future__ import annotations

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

NAME = "gtplan"


def _is_ours(
    item: object, name: str, kind: str, is_reflected: bool, compare_to: object
) -> bool:
    return kind != "table" or name.startswith(f"{NAME}_")


def run() -> None:
    """Run the migrations, or print their SQL when there is no database (offline)."""
    config = context.config
    settings = {
        "target_metadata": metadata,
        "version_table": f"{NAME}_alembic_version",
        "include_object": _is_ours,
    }
    if context.is_offline_mode():
        url = config.get_main_option("sqlalchemy.url")
        context.configure(url=url, literal_binds=True, **settings)
        with context.begin_transaction():
            context.run_migrations()
        return
    section = config.get_section(config.config_ini_section) or {}
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **settings)
        with context.begin_transaction():
            context.run_migrations()


run()
