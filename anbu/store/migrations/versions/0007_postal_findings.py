"""what the postman found"""

import sqlalchemy as sa
from alembic import op

import anbu.store.base
import anbu.store.crypto

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "postal_findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("resident_id", sa.String(length=32), nullable=False),
        sa.Column("town", sa.String(length=60), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("note", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"]),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"]),
        sa.ForeignKeyConstraint(["recorded_by"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("attempt_id"),
    )
    with op.batch_alter_table("postal_findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_postal_findings_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index("ix_postal_findings_town", ["town", "at"], unique=False)


def downgrade():
    op.drop_table("postal_findings")
