"""Who added a contact, who unsubscribed, urgent mails, counted votes, and what opened a session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
phase = "expand"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("acct_session", sa.Column("opened_with", sa.String(length=64), nullable=True))
    op.add_column("acct_outbox", sa.Column("is_urgent", sa.Boolean(), server_default=sa.false(), nullable=False))
    _contact()
    _unsubscription()
    _vote_count()


def _contact() -> None:
    who = sa.Column("added_by_id", sa.Integer(), nullable=True)
    with op.batch_alter_table("acct_contact", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(who)
        table.create_foreign_key(
            "fk_acct_contact_added_by_id", "acct_user", ["added_by_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index("ix_acct_contact_added_by_id", "acct_contact", ["added_by_id"], unique=False)


def _unsubscription() -> None:
    op.create_table(
        "acct_unsubscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["acct_account.id"], name="fk_acct_unsubscription_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acct_unsubscription"),
        sa.UniqueConstraint(
            "account_id", "email_key", "category", name="uq_acct_unsubscription_account_id_email_key_category"
        ),
    )


def _vote_count() -> None:
    op.create_table(
        "acct_help_vote_count",
        sa.Column("article", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("unhelpful", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("article", "locale", "version", name="pk_acct_help_vote_count"),
    )
    op.execute(
        "INSERT INTO acct_help_vote_count (article, locale, version, helpful, unhelpful) "
        "SELECT article, locale, version, sum(CASE WHEN is_helpful THEN 1 ELSE 0 END), "
        "sum(CASE WHEN is_helpful THEN 0 ELSE 1 END) FROM acct_help_vote GROUP BY article, locale, version"
    )


def downgrade() -> None:
    op.drop_table("acct_help_vote_count")
    op.drop_table("acct_unsubscription")
    op.drop_index("ix_acct_contact_added_by_id", "acct_contact")
    # Nothing refers to this table, so that SQLite may make it anew: dropping one would delete what does.
    with op.batch_alter_table("acct_contact", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint("fk_acct_contact_added_by_id", type_="foreignkey")
        table.drop_column("added_by_id")
    op.drop_column("acct_outbox", "is_urgent")
    op.drop_column("acct_session", "opened_with")
