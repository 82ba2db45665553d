"""Contacts, invitations, transfers of ownership, and where an account's holder is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_acct.values.identifiers import folded

revision = "0003"
down_revision = "0002"
phase = "expand"

TIME = sa.DateTime(timezone=True)
PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    for column in _addressed():
        op.add_column("acct_account", column)
    op.add_column("acct_account", sa.Column("sort_key", sa.String(length=400), nullable=False, server_default=""))
    _fill_sort_keys()
    op.add_column("acct_membership", sa.Column("categories_off", sa.JSON(), nullable=False, server_default="[]"))
    _outbox()
    _former_username()
    _contact()
    _invitation()
    _transfer()


def _fill_sort_keys() -> None:
    """Accounts that are there already are listed by their names."""
    account = sa.table("acct_account", sa.column("id"), sa.column("name"), sa.column("sort_key"))
    known = op.get_bind().execute(sa.select(account.c.id, account.c.name)).all()
    if not known:
        return
    statement = account.update().where(account.c.id == sa.bindparam("key")).values(sort_key=sa.bindparam("folded"))
    op.get_bind().execute(statement, [{"key": id_, "folded": folded(name)[:400]} for id_, name in known])


def _addressed() -> list[sa.Column[str]]:
    lengths = {
        "tax_id": 64,
        "phone": 20,
        "address1": 200,
        "address2": 200,
        "city": 120,
        "region": 120,
        "postcode": 20,
        "country": 2,
    }
    return [
        sa.Column(name, sa.String(length=length), nullable=False, server_default="") for name, length in lengths.items()
    ]


def _outbox() -> None:
    with op.batch_alter_table("acct_outbox") as table:
        table.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("category", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("unsubscribe", sa.String(length=64), nullable=True))
        table.create_foreign_key(
            "fk_acct_outbox_account_id", "acct_account", ["account_id"], ["id"], ondelete="SET NULL"
        )
        table.create_index("ix_acct_outbox_account_id", ["account_id"], unique=False)


def _former_username() -> None:
    op.create_table(
        "acct_former_username",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("free_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["acct_user.id"], name="fk_acct_former_username_user_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_acct_former_username"),
    )
    op.create_index("ix_acct_former_username_user_id", "acct_former_username", ["user_id"], unique=False)


def _contact() -> None:
    op.create_table(
        "acct_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("sort_key", sa.String(length=300), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        *_addressed(),
        sa.ForeignKeyConstraint(
            ["account_id"], ["acct_account.id"], name="fk_acct_contact_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_acct_contact"),
        sa.UniqueConstraint("account_id", "email_key", name="uq_acct_contact_account_id_email_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_acct_contact_account_id_sort_key", "acct_contact", ["account_id", "sort_key"], unique=False)


def _invitation() -> None:
    op.create_table(
        "acct_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("token_id", sa.String(length=32), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["acct_account.id"], name="fk_acct_invitation_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["token_id"], ["acct_token.id"], name="fk_acct_invitation_token_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["acct_user.id"], name="fk_acct_invitation_invited_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["acct_user.id"], name="fk_acct_invitation_user_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_acct_invitation"),
        sa.UniqueConstraint("token_id", name="uq_acct_invitation_token_id"),
    )
    op.create_index("ix_acct_invitation_account_id", "acct_invitation", ["account_id"], unique=False)
    op.create_index(
        "uq_acct_invitation_one_pending",
        "acct_invitation",
        ["account_id", "email_key"],
        unique=True,
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def _transfer() -> None:
    op.create_table(
        "acct_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("keeps", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["acct_account.id"], name="fk_acct_transfer_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["from_id"], ["acct_user.id"], name="fk_acct_transfer_from_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["to_id"], ["acct_user.id"], name="fk_acct_transfer_to_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_acct_transfer"),
    )
    op.create_index("ix_acct_transfer_account_id", "acct_transfer", ["account_id"], unique=False)
    op.create_index("ix_acct_transfer_to_id", "acct_transfer", ["to_id"], unique=False)
    op.create_index(
        "uq_acct_transfer_one_pending",
        "acct_transfer",
        ["account_id"],
        unique=True,
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def downgrade() -> None:
    for name in ("transfer", "invitation", "contact", "former_username"):
        op.drop_table(f"acct_{name}")
    # Nothing refers to this table, so that SQLite may make it anew: dropping one would delete what does.
    with op.batch_alter_table("acct_outbox") as table:
        table.drop_index("ix_acct_outbox_account_id")
        table.drop_constraint("fk_acct_outbox_account_id", type_="foreignkey")
        for name in ("unsubscribe", "category", "account_id"):
            table.drop_column(name)
    op.drop_column("acct_membership", "categories_off")
    for name in ("sort_key", *(column.name for column in reversed(_addressed()))):
        op.drop_column("acct_account", name)
