"""reviews by town and time"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index("ix_reviews_town", ["town", "at"], unique=False)
        batch_op.create_index("ix_reviews_at", ["at"], unique=False)


def downgrade():
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_reviews_at")
        batch_op.drop_index("ix_reviews_town")
