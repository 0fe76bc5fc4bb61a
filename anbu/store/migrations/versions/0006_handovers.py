"""hand-overs, redials, and a resident's voice"""

import sqlalchemy as sa
from alembic import op

import anbu.store.base
import anbu.store.crypto

revision = "0006"
down_revision = "0008"
branch_labels = None
depends_on = None

Utc = anbu.store.base.Utc


def upgrade():
    op.create_table(
        "handovers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("call_id", sa.String(32), sa.ForeignKey("calls.id"), nullable=False),
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id")),
        sa.Column("why", sa.String(8), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(14)),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("news", sa.String(10)),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("untimed", sa.Boolean(), nullable=False),
        sa.Column("end_n", sa.Integer()),
        sa.Column("spoke_with", sa.String(60)),
        sa.Column("spoke_from", Utc(timezone=True)),
        sa.Column("spoke_to", Utc(timezone=True)),
        sa.Column("opened_at", Utc(timezone=True), nullable=False),
        sa.Column("changed_at", Utc(timezone=True), nullable=False),
        sa.Column("ended_at", Utc(timezone=True)),
    )
    op.create_index("ix_handovers_call_id", "handovers", ["call_id"])
    op.create_index("ix_handovers_case_id", "handovers", ["case_id"])
    op.create_index("ix_handovers_open", "handovers", ["state", "changed_at"])
    op.create_table(
        "handover_legs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("handover_id", sa.String(32), sa.ForeignKey("handovers.id"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id")),
        sa.Column("number", anbu.store.crypto.Sealed(), nullable=False),
        sa.Column("sid", sa.String(64), unique=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("result", sa.String(12)),
        sa.Column("dialed_at", Utc(timezone=True)),
        sa.Column("answered_at", Utc(timezone=True)),
        sa.Column("accepted_at", Utc(timezone=True)),
        sa.Column("ended_at", Utc(timezone=True)),
    )
    op.create_index("ix_handover_legs_handover_id", "handover_legs", ["handover_id"])
    op.create_table(
        "redials",
        sa.Column("call_id", sa.String(32), sa.ForeignKey("calls.id"), primary_key=True),
        sa.Column("again_id", sa.String(32), sa.ForeignKey("calls.id"), nullable=False, unique=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at", Utc(timezone=True), nullable=False),
    )
    with op.batch_alter_table("residents") as batch:
        batch.add_column(sa.Column("voice", sa.String(40), nullable=True))


def downgrade():
    with op.batch_alter_table("residents") as batch:
        batch.drop_column("voice")
    op.drop_table("redials")
    op.drop_table("handover_legs")
    op.drop_table("handovers")
