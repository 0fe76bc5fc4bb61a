"""The memory of record: SQLAlchemy models, sessions, encryption at rest, Alembic migrations. Imports settings only."""
