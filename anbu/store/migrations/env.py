"""Alembic's entry: online only, batch mode so that SQLite can alter tables."""

from alembic import context

from anbu.store.models import Base
from anbu.store.session import make_engine

with make_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    if connection.dialect.name == "sqlite":  # a table that others refer to is altered by making it anew
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
