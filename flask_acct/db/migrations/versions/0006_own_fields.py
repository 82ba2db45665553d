"""A host's own fields of users, accounts and contacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
phase = "expand"

TABLES = ("acct_user", "acct_account", "acct_contact")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("fields", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "fields")
