"""Links that are nobody's yet: who signs up has proven an address before there is a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
phase = "expand"

POINTING = ("acct_outbox", "acct_invitation")
"""The tables whose rows name a link."""


def upgrade() -> None:
    with _keep_links(), op.batch_alter_table("acct_token") as table:
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=True)
    op.create_index("ix_acct_token_address", "acct_token", ["address"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_acct_token_address", "acct_token")
    op.execute("DELETE FROM acct_token WHERE user_id IS NULL")
    with _keep_links(), op.batch_alter_table("acct_token") as table:
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=False)


@contextmanager
def _keep_links() -> Iterator[None]:
    """What names a link names it afterwards. SQLite makes the table anew, and its rows are deleted meanwhile."""
    connection = op.get_bind()
    named = {
        table: [dict(row) for row in connection.execute(_named(table)).mappings()]
        for table in POINTING
        if connection.dialect.name == "sqlite"
    }
    yield
    for table, rows in named.items():
        if rows:
            connection.execute(sa.text(f"UPDATE {table} SET token_id = :token WHERE id = :row"), rows)  # noqa: S608


def _named(table: str) -> sa.TextClause:
    return sa.text(f'SELECT id AS "row", token_id AS token FROM {table} WHERE token_id IS NOT NULL')  # noqa: S608
