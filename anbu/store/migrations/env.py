"""Alembic's entry: online only, batch mode so that SQLite can alter tables."""

from alembic import context

from anbu.store.models import Base
from anbu.store.session import make_engine

ONE_AT_A_TIME = 0x616E6275  # many processes start at once; on PostgreSQL the first migrates and the others wait

engine = make_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_AT_A_TIME})")
    else:  # on SQLite a table that others refer to is altered by making it anew
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
