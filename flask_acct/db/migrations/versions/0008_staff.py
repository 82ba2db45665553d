"""The company's own people: who they are, what they did and why; and users whom they disabled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
phase = "expand"

TIME = sa.DateTime(timezone=True)

KEEP_AUDIT = {
    "sqlite": (
        "CREATE TRIGGER acct_audit_no_update BEFORE UPDATE ON acct_audit "
        "BEGIN SELECT RAISE(ABORT, 'acct_audit is append-only'); END",
        "CREATE TRIGGER acct_audit_no_delete BEFORE DELETE ON acct_audit "
        "BEGIN SELECT RAISE(ABORT, 'acct_audit is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION acct_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'acct_audit is append-only'; END $$",
        "CREATE TRIGGER acct_audit_append_only BEFORE UPDATE OR DELETE ON acct_audit "
        "FOR EACH ROW EXECUTE FUNCTION acct_audit_append_only()",
    ),
}


def upgrade() -> None:
    op.add_column("acct_user", sa.Column("disabled_at", TIME, nullable=True))
    _staff()
    _audit()
    _case()
    _address_change()


def _staff() -> None:
    op.create_table(
        "acct_staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("link_digest", sa.String(length=64), nullable=True),
        sa.Column("link_expires_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_signed_in_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_acct_staff"),
        sa.UniqueConstraint("email_key", name="uq_acct_staff_email_key"),
        sa.UniqueConstraint("link_digest", name="uq_acct_staff_link_digest"),
    )
    op.create_table(
        "acct_staff_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_used_at", TIME, nullable=False),
        sa.Column("authenticated_at", TIME, nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["acct_staff.id"], name="fk_acct_staff_session_staff_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acct_staff_session"),
        sa.UniqueConstraint("digest", name="uq_acct_staff_session_digest"),
    )
    op.create_index("ix_acct_staff_session_staff_id", "acct_staff_session", ["staff_id"], unique=False)


def _audit() -> None:
    op.create_table(
        "acct_audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("on_kind", sa.String(length=16), nullable=False),
        sa.Column("on_id", sa.Integer(), nullable=True),
        sa.Column("on_name", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_acct_audit"),
    )
    op.create_index("ix_acct_audit_at", "acct_audit", ["at"], unique=False)
    op.create_index("ix_acct_audit_on_kind_on_id", "acct_audit", ["on_kind", "on_id"], unique=False)
    for statement in KEEP_AUDIT[op.get_bind().dialect.name]:
        op.execute(statement)


def _case() -> None:
    op.create_table(
        "acct_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("platform", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("taken_by", sa.String(length=254), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["acct_user.id"], name="fk_acct_case_user_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_acct_case"),
        sa.UniqueConstraint("reference", name="uq_acct_case_reference"),
    )
    op.create_index("ix_acct_case_state", "acct_case", ["state"], unique=False)
    op.create_index("ix_acct_case_user_id", "acct_case", ["user_id"], unique=False)


def _address_change() -> None:
    op.create_table(
        "acct_address_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["acct_user.id"], name="fk_acct_address_change_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acct_address_change"),
    )
    op.create_index("ix_acct_address_change_user_id", "acct_address_change", ["user_id"], unique=False)
    pending = sa.text("state = 'pending'")
    op.create_index(
        "uq_acct_address_change_one_pending",
        "acct_address_change",
        ["user_id"],
        unique=True,
        sqlite_where=pending,
        postgresql_where=pending,
    )


def downgrade() -> None:
    for name in ("address_change", "case", "audit", "staff_session", "staff"):
        op.drop_table(f"acct_{name}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS acct_audit_append_only()")
    op.drop_column("acct_user", "disabled_at")
