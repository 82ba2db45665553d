"""What readers of the help site tell: votes, what they missed, searches that found nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
phase = "expand"


def upgrade() -> None:
    _vote()
    _feedback()
    _search()


def _vote() -> None:
    op.create_table(
        "acct_help_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=True),
        sa.Column("article", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("is_helpful", sa.Boolean(), nullable=False),
        sa.Column("voted_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_acct_help_vote"),
        sa.UniqueConstraint("reader", name="uq_acct_help_vote_reader"),
    )
    columns = ["locale", "article", "version"]
    op.create_index("ix_acct_help_vote_locale_article_version", "acct_help_vote", columns, unique=False)


def _feedback() -> None:
    op.create_table(
        "acct_help_feedback",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("article", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_acct_help_feedback"),
    )
    op.create_index("ix_acct_help_feedback_sent_on", "acct_help_feedback", ["sent_on"], unique=False)


def _search() -> None:
    op.create_table(
        "acct_help_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("query", sa.String(length=100), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_acct_help_search"),
        sa.UniqueConstraint("locale", "query", name="uq_acct_help_search_locale_query"),
    )


def downgrade() -> None:
    for name in ("search", "feedback", "vote"):
        op.drop_table(f"acct_help_{name}")
