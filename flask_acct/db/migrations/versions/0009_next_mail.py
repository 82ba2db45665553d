"""The next mail of a long outbox is found by an index: the next urgent one, and the next of the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
phase = "expand"

WAITING = "state IN ('queued', 'leased')"
INDEXES = {
    "ix_acct_outbox_next_urgent": {"sqlite": "is_urgent = 1", "postgresql": "is_urgent"},
    "ix_acct_outbox_next_notice": {"sqlite": "is_urgent = 0", "postgresql": "NOT is_urgent"},
}


def upgrade() -> None:
    for name, which in INDEXES.items():
        op.create_index(
            name,
            "acct_outbox",
            ["next_attempt_at", "id"],
            unique=False,
            sqlite_where=sa.text(f"{which['sqlite']} AND {WAITING}"),
            postgresql_where=sa.text(f"{which['postgresql']} AND {WAITING}"),
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "acct_outbox")
