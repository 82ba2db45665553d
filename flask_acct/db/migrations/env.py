"""Runs the revisions on the connection that ``schema.upgrade`` opened, inside its transaction."""

from __future__ import annotations

from alembic import context

from flask_acct.db.models import metadata
from flask_acct.db.schema import PREFIX, VERSION_TABLE


def only_ours(name: str | None, type_: str, _parents: object) -> bool:
    return type_ != "table" or (name is not None and name.startswith(PREFIX) and name != VERSION_TABLE)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    include_name=only_ours,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
