"""Imports customers from a CSV file: either every problem is named by line and column, or everything is imported.

One row is one user in one account::

    customer_number,account_name,username,email,first_name,last_name,locale,domains,plan,plan_expires,password
    9000,Rossi & Figli,m00000,mario@example.com,Mario,Rossi,it,rossi.example bottega.example,purchased,2027-01-31,

Where nobody signs in by user name or customer number, that column may be left out: a row then means the user who has
the address, and the account they own; if there is none, both are new and get a free name and number. Every other column
but ``email`` may be left out as well. ``read_query`` reads the rows from another database.

The first user of an account becomes its owner; later rows with its customer number add sub-users without
permissions. The same user name and email in two rows is one user in two accounts. A row that was imported before
updates what it names: an empty cell keeps what is there, ``never`` in ``plan_expires`` removes the date, domains that
are listed replace the account's, and ``-`` removes them all, or a first or last name. A domain may change hands in one
file.

An old file undoes nothing: users keep the password they have, and their name and address; a user name that was
given up means the user who gave it up; and who is not in an account any more stays out. Addresses of new users count as
verified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..db.database import Database
from ..scope import Scope
from . import saving
from .agreement import Agreement, check
from .completing import completed
from .queries import QueryFailed, read_query
from .reading import COLUMNS, PeopleRead, Progress, read, read_cells, single
from .rows import ImportRefused, PersonRow, RowProblem, raise_if_any
from .saving import How, Imported, Moved

__all__ = [
    "COLUMNS",
    "ImportRefused",
    "Imported",
    "Moved",
    "PeopleRead",
    "PersonRow",
    "QueryFailed",
    "RowProblem",
    "import_file",
    "import_read",
    "read",
    "read_cells",
    "read_query",
    "single",
]


ScopeOf = Callable[[Session], Scope]


def import_file(file: Path, database: Database, scope: ScopeOf, **options: Any) -> Imported:
    """All customers of the file are in the database. Raises ``ImportRefused``, and then changes nothing."""
    with database.session() as db:
        config = scope(db).config
    return import_read(read(file, config, progress=options.get("progress")), database, scope, **options)


def import_read(found: PeopleRead, database: Database, scope: ScopeOf, **options: Any) -> Imported:
    """What was read is in the database, in one transaction. Raises ``ImportRefused``, and then changes nothing.

    Args:
        scope: Makes the scope of flows from the session of the transaction: ``app.extensions["acct"].scope``.
        options: The fields of ``How``: ``invite`` is called in that transaction for each user without a password,
            once, with the first account; ``progress`` from time to time; ``replaces_passwords`` and ``rejoins``.
    """
    how = How(**options)
    with database.session() as db:
        # Once, because what is generated for a row must be the same below.
        at = scope(db)
        found = completed(at, found)
        agreement = agreed(at, found, progress=how.progress)
        # Hashing is slow; others should not wait for the lock of the transaction below meanwhile.
        hashes = saving.hashes(at, found.rows, agreement, how)
    try:
        with database.transaction() as db:
            at = replace(at, db=db)
            return saving.save(at, found.rows, agreed(at, found), hashes, how)
    except IntegrityError:
        problem = RowProblem(0, "", "another import or a visitor changed the same customers meanwhile", "Run it again.")
        raise ImportRefused(found.source, [problem]) from None


def agreed(scope: Scope, found: PeopleRead, *, progress: Progress | None = None) -> Agreement:
    """Return how the rows relate to what is stored. Raises ``ImportRefused`` if they contradict it or each other."""
    agreement = check(scope, found, progress=progress)
    raise_if_any(found.source, agreement.problems, found.headers)
    return agreement
