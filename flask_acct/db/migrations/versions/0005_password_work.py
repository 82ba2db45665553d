"""What checking the hashes costs that other systems made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
phase = "expand"


def upgrade() -> None:
    op.create_table(
        "acct_password_work",
        sa.Column("family", sa.String(length=40), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("decoy", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("family", name="pk_acct_password_work"),
    )


def downgrade() -> None:
    op.drop_table("acct_password_work")
