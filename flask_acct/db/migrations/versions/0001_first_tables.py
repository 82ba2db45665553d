"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
phase = "expand"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _account()
    _request()
    _tally()
    _user()
    _domain()
    _membership()
    _session()
    _token()
    _outbox()


def _account() -> None:
    op.create_table(
        "acct_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("billing_email", sa.String(length=254), nullable=True),
        sa.Column("plan", sa.String(length=16), nullable=False),
        sa.Column("plan_expires_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_acct_account"),
        sa.UniqueConstraint("number", name="uq_acct_account_number"),
    )


def _request() -> None:
    op.create_table(
        "acct_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("platform", sa.String(length=64), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("answer", sa.String(length=32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_acct_request"),
        sa.UniqueConstraint("reference", name="uq_acct_request_reference"),
    )
    op.create_index("ix_acct_request_answered_at", "acct_request", ["answered_at"], unique=False)


def _tally() -> None:
    op.create_table(
        "acct_tally",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("blocked_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_acct_tally"),
    )


def _user() -> None:
    op.create_table(
        "acct_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("username_key", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("sign_in_email", sa.String(length=254), nullable=True),
        sa.Column("email_verified_at", TIME, nullable=True),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("password_changed_at", TIME, nullable=True),
        sa.Column("expiry_warned_days", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_signed_in_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_acct_user"),
        sa.UniqueConstraint("sign_in_email", name="uq_acct_user_sign_in_email"),
        sa.UniqueConstraint("username_key", name="uq_acct_user_username_key"),
    )
    op.create_index("ix_acct_user_email_key", "acct_user", ["email_key"], unique=False)


def _domain() -> None:
    op.create_table(
        "acct_domain",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("key", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["acct_account.id"], name="fk_acct_domain_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acct_domain"),
        sa.UniqueConstraint("key", name="uq_acct_domain_key"),
    )
    op.create_index("ix_acct_domain_account_id", "acct_domain", ["account_id"], unique=False)


def _membership() -> None:
    op.create_table(
        "acct_membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["acct_account.id"], name="fk_acct_membership_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["acct_user.id"], name="fk_acct_membership_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_acct_membership"),
        sa.UniqueConstraint("user_id", "account_id", name="uq_acct_membership_user_id_account_id"),
    )
    op.create_index("ix_acct_membership_account_id", "acct_membership", ["account_id"], unique=False)
    op.create_index(
        "uq_acct_membership_one_owner",
        "acct_membership",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("is_owner = 1"),
        postgresql_where=sa.text("is_owner"),
    )


def _session() -> None:
    op.create_table(
        "acct_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_used_at", TIME, nullable=False),
        sa.Column("authenticated_at", TIME, nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["acct_account.id"], name="fk_acct_session_account_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["acct_user.id"], name="fk_acct_session_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_acct_session"),
        sa.UniqueConstraint("digest", name="uq_acct_session_digest"),
    )
    op.create_index("ix_acct_session_user_id", "acct_session", ["user_id"], unique=False)


def _token() -> None:
    op.create_table(
        "acct_token",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.Column("void_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["acct_user.id"], name="fk_acct_token_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_acct_token"),
        sa.UniqueConstraint("digest", name="uq_acct_token_digest"),
    )
    op.create_index("ix_acct_token_user_id", "acct_token", ["user_id"], unique=False)


def _outbox() -> None:
    op.create_table(
        "acct_outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("mail", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("recipient_name", sa.String(length=250), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("platform", sa.String(length=64), nullable=True),
        sa.Column("customer_number", sa.String(length=18), nullable=True),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("token_id", sa.String(length=32), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("leased_until", TIME, nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["token_id"], ["acct_token.id"], name="fk_acct_outbox_token_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["acct_user.id"], name="fk_acct_outbox_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_acct_outbox"),
        sa.UniqueConstraint("message_id", name="uq_acct_outbox_message_id"),
    )
    op.create_index("ix_acct_outbox_next_attempt_at", "acct_outbox", ["next_attempt_at"], unique=False)
    op.create_index("ix_acct_outbox_state", "acct_outbox", ["state"], unique=False)
    op.create_index("ix_acct_outbox_token_id", "acct_outbox", ["token_id"], unique=False)
    op.create_index("ix_acct_outbox_user_id", "acct_outbox", ["user_id"], unique=False)


def downgrade() -> None:
    for name in ("outbox", "token", "session", "membership", "domain", "user", "tally", "request", "account"):
        op.drop_table(f"acct_{name}")
