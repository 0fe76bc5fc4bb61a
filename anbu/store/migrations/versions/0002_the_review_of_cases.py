"""the review of cases"""

import sqlalchemy as sa
from alembic import op

import anbu.store.base
import anbu.store.crypto
from anbu.store.models import name_key, number_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("all_towns", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("oidc_subject", sa.String(length=255), nullable=True),
        sa.Column("phone", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("email", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", anbu.store.base.Utc(timezone=True), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("last_login_at", anbu.store.base.Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
        sa.UniqueConstraint("oidc_subject"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "account_towns",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("town", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "town"),
    )
    op.create_table(
        "audit_log",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=True),
        sa.Column("subject_id", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("n"),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index("ix_audit_account", ["account_id", "n"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_log_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_subject", ["subject", "subject_id"], unique=False)

    op.create_table(
        "duties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("town", sa.String(length=40), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("ends_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.create_index("ix_duties_when", ["ends_at", "starts_at"], unique=False)

    op.create_table(
        "login_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("last_seen_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("expires_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_sessions_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_sessions_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("created_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "name"),
    )
    op.create_table(
        "samples",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("town", sa.String(length=40), nullable=True),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("machine_priority", sa.String(length=2), nullable=False),
        sa.Column("machine_levels", sa.JSON(), nullable=False),
        sa.Column("machine_signals", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("scorer_id", sa.String(length=32), nullable=True),
        sa.Column("levels", sa.JSON(), nullable=True),
        sa.Column("signals", sa.JSON(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("band", sa.String(length=10), nullable=True),
        sa.Column("priority", sa.String(length=2), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=True),
        sa.Column("reason", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("drawn_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("scored_at", anbu.store.base.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["calls.id"],
        ),
        sa.ForeignKeyConstraint(
            ["scorer_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("call_id"),
    )
    with op.batch_alter_table("samples", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_samples_scored_at"), ["scored_at"], unique=False)
        batch_op.create_index("ix_samples_waiting", ["state", "drawn_at"], unique=False)

    op.create_table(
        "looks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("last_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "account_id", "what"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.String(length=32), nullable=False),
        sa.Column("town", sa.String(length=40), nullable=True),
        sa.Column("reviewer_id", sa.String(length=32), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("reason", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("note", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("rubric_version", sa.String(length=20), nullable=False),
        sa.Column("machine_priority", sa.String(length=2), nullable=False),
        sa.Column("machine_levels", sa.JSON(), nullable=False),
        sa.Column("machine_signals", sa.JSON(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("band", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("needs_check", sa.Boolean(), nullable=False),
        sa.Column("transcript_opened_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["calls.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_call_id"), ["call_id"], unique=False)
        batch_op.create_index("ix_reviews_case", ["case_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_reviewer_id"), ["reviewer_id"], unique=False)
        batch_op.create_index("ix_reviews_waiting", ["state", "priority", "at"], unique=False)

    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=True),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("lowers", sa.Boolean(), nullable=False),
        sa.Column("quote", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("reason", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("withdrawn_at", anbu.store.base.Utc(timezone=True), nullable=True),
        sa.Column("at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["reviews.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corrections_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_corrections_review_id"), ["review_id"], unique=False)

    op.create_table(
        "double_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.String(length=32), nullable=False),
        sa.Column("checker_id", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("priority", sa.String(length=2), nullable=True),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("reason", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("transcript_opened_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["checker_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["reviews.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id"),
    )
    with op.batch_alter_table("double_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_double_checks_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_double_checks_checker_id"), ["checker_id"], unique=False)

    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("resident_id", sa.String(length=32), nullable=True),
        sa.Column("review_id", sa.String(length=32), nullable=True),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("town", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("note", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("result", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("created_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("closed_at", anbu.store.base.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"],
            ["residents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["reviews.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follow_ups_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_follow_ups_due", ["state", "town", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_follow_ups_resident_id"), ["resident_id"], unique=False)

    op.create_table(
        "referrals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("resident_id", sa.String(length=32), nullable=True),
        sa.Column("review_id", sa.String(length=32), nullable=True),
        sa.Column("town", sa.String(length=40), nullable=True),
        sa.Column("programme", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("result", anbu.store.crypto.Sealed(), nullable=True),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", anbu.store.base.Utc(timezone=True), nullable=False),
        sa.Column("due_at", anbu.store.base.Utc(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=32), nullable=True),
        sa.Column("closed_at", anbu.store.base.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"],
            ["residents.id"],
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["reviews.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referrals_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referrals_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index("ix_referrals_state", ["state", "town", "due_at"], unique=False)

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("town", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("words_expired_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.create_index("ix_calls_town", ["town", "closed_at"], unique=False)

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("town", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("acknowledged_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("holder_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("taken_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("decide_by", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("decided_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closed_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("due_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("escalated", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("changed_at", anbu.store.base.Utc(timezone=True), nullable=True))

    op.execute("UPDATE cases SET due_at = acknowledge_by, changed_at = opened_at, escalated = 0, version = 1")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        for column in ("due_at", "changed_at", "escalated", "version"):
            batch_op.alter_column(column, nullable=False)
        batch_op.create_index(batch_op.f("ix_cases_changed_at"), ["changed_at"], unique=False)
        batch_op.create_index("ix_cases_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_cases_holder_queue", ["holder_id", "state", "priority", "due_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index("ix_cases_queue", ["state", "priority", "due_at", "id"], unique=False)
        batch_op.create_index("ix_cases_town_opened", ["town", "opened_at"], unique=False)
        batch_op.create_index("ix_cases_town_queue", ["town", "state", "priority", "due_at", "id"], unique=False)
        batch_op.create_foreign_key("fk_cases_holder", "accounts", ["holder_id"], ["id"])

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("account_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("next_try_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("sent_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("error", sa.String(length=200), nullable=True))
        batch_op.create_index(batch_op.f("ix_outbox_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_outbox_waiting", ["state", "next_try_at"], unique=False)
        batch_op.create_foreign_key("fk_outbox_account", "accounts", ["account_id"], ["id"])

    with op.batch_alter_table("residents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("tail_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("town", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("erased_at", anbu.store.base.Utc(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_residents_name_hash"), ["name_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_residents_tail_hash"), ["tail_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_residents_town"), ["town"], unique=False)
    _fill_in_search_keys()
    _guard_the_audit_log()


def _fill_in_search_keys():
    """Residents of before can be found by name and number too."""
    old = sa.table(
        "residents", sa.column("id"), sa.column("name", anbu.store.crypto.Sealed()),
        sa.column("phone", anbu.store.crypto.Sealed()), sa.column("name_hash"), sa.column("tail_hash"),
    )  # fmt: skip
    db = op.get_bind()
    for row in db.execute(sa.select(old.c.id, old.c.name, old.c.phone)).all():
        keys = {"name_hash": name_key(row.name), "tail_hash": number_key(row.phone) if row.phone else None}
        db.execute(sa.update(old).where(old.c.id == row.id).values(**keys))


def _guard_the_audit_log():
    """The log starts with a head and the database itself refuses to change or remove an entry."""
    op.execute("INSERT INTO audit_head (id, n, hash) VALUES (1, 0, '')")
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_log_no_{event.lower()} BEFORE {event} ON audit_log "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only()"
        )


def downgrade():
    with op.batch_alter_table("residents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_residents_town"))
        batch_op.drop_index(batch_op.f("ix_residents_tail_hash"))
        batch_op.drop_index(batch_op.f("ix_residents_name_hash"))
        batch_op.drop_column("erased_at")
        batch_op.drop_column("town")
        batch_op.drop_column("tail_hash")
        batch_op.drop_column("name_hash")

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint("fk_outbox_account", type_="foreignkey")
        batch_op.drop_index("ix_outbox_waiting")
        batch_op.drop_index(batch_op.f("ix_outbox_case_id"))
        batch_op.drop_column("error")
        batch_op.drop_column("sent_at")
        batch_op.drop_column("next_try_at")
        batch_op.drop_column("account_id")
        batch_op.drop_column("channel")

    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_constraint("fk_cases_holder", type_="foreignkey")
        batch_op.drop_index("ix_cases_town_queue")
        batch_op.drop_index("ix_cases_town_opened")
        batch_op.drop_index("ix_cases_queue")
        batch_op.drop_index(batch_op.f("ix_cases_opened_at"))
        batch_op.drop_index("ix_cases_holder_queue")
        batch_op.drop_index("ix_cases_due")
        batch_op.drop_index(batch_op.f("ix_cases_changed_at"))
        batch_op.drop_column("changed_at")
        batch_op.drop_column("version")
        batch_op.drop_column("escalated")
        batch_op.drop_column("due_at")
        batch_op.drop_column("closed_at")
        batch_op.drop_column("decided_at")
        batch_op.drop_column("decide_by")
        batch_op.drop_column("taken_at")
        batch_op.drop_column("holder_id")
        batch_op.drop_column("acknowledged_at")
        batch_op.drop_column("town")

    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index("ix_calls_town")
        batch_op.drop_column("words_expired_at")
        batch_op.drop_column("town")

    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.drop_index("ix_referrals_state")
        batch_op.drop_index(batch_op.f("ix_referrals_resident_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_case_id"))

    op.drop_table("referrals")
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_ups_resident_id"))
        batch_op.drop_index("ix_follow_ups_due")
        batch_op.drop_index(batch_op.f("ix_follow_ups_case_id"))

    op.drop_table("follow_ups")
    with op.batch_alter_table("double_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_double_checks_checker_id"))
        batch_op.drop_index(batch_op.f("ix_double_checks_at"))

    op.drop_table("double_checks")
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corrections_review_id"))
        batch_op.drop_index(batch_op.f("ix_corrections_case_id"))

    op.drop_table("corrections")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_reviews_waiting")
        batch_op.drop_index(batch_op.f("ix_reviews_reviewer_id"))
        batch_op.drop_index("ix_reviews_case")
        batch_op.drop_index(batch_op.f("ix_reviews_call_id"))

    op.drop_table("reviews")
    op.drop_table("looks")
    with op.batch_alter_table("samples", schema=None) as batch_op:
        batch_op.drop_index("ix_samples_waiting")
        batch_op.drop_index(batch_op.f("ix_samples_scored_at"))

    op.drop_table("samples")
    op.drop_table("saved_views")
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_sessions_expires_at"))
        batch_op.drop_index(batch_op.f("ix_login_sessions_account_id"))

    op.drop_table("login_sessions")
    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.drop_index("ix_duties_when")

    op.drop_table("duties")
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_subject")
        batch_op.drop_index(batch_op.f("ix_audit_log_at"))
        batch_op.drop_index("ix_audit_account")

    op.drop_table("audit_log")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_log_is_append_only()")
    op.drop_table("account_towns")
    op.drop_table("audit_head")
    op.drop_table("accounts")
