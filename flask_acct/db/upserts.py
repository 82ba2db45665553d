"""``INSERT … ON CONFLICT``, which SQLAlchemy has in the dialect of each database, and not in common.

A dialect takes memory and 20 ms to load: an app that never meets PostgreSQL does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    from .models import BaseTable


def insert_into(table: type[BaseTable], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Return an insertion that may say what happens if the row is there already."""
    if dialect != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
