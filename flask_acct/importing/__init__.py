"""Customers from a CSV file: every problem named by line and column, or everything imported.

One row is one user in one account::

    customer_number,account_name,username,email,first_name,last_name,locale,domains,plan,plan_expires,password
    9000,Rossi & Figli,m00000,mario@example.com,Mario,Rossi,it,rossi.example bottega.example,purchased,2027-01-31,

The first user of an account becomes its owner; later rows with its customer number add sub-users without
permissions. The same user name and email in two rows is one user in two accounts. A row that was imported before
updates what it names: an empty cell keeps what is there, ``never`` in ``plan_expires`` removes the date, and domains
that are listed replace the account's. Addresses count as verified.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from ..config import Config
from ..database import Database
from . import agreement, saving
from .reading import COLUMNS, Read, read, single
from .rows import ImportRefused, Row, RowProblem, refuse
from .saving import Imported, Invite, Progress

__all__ = [
    "COLUMNS",
    "ImportRefused",
    "Imported",
    "Read",
    "Row",
    "RowProblem",
    "import_file",
    "import_read",
    "read",
    "single",
]


def import_file(
    file: Path,
    *,
    database: Database,
    config: Config,
    now: datetime,
    invite: Invite | None = None,
    progress: Progress | None = None,
) -> Imported:
    """The file's customers are in the database, all of them. Raises ``ImportRefused`` and changes nothing."""
    found = read(file, config=config)
    return import_read(found, database=database, config=config, now=now, invite=invite, progress=progress)


def import_read(
    found: Read,
    *,
    database: Database,
    config: Config,
    now: datetime,
    invite: Invite | None = None,
    progress: Progress | None = None,
) -> Imported:
    """What was read is in the database, in one transaction. Raises ``ImportRefused`` and changes nothing.

    Args:
        invite: Called in that transaction for each user without a password, once, with the first account.
    """
    with database.session() as db:
        refuse(found.source, agreement.problems(found, agreement.stored(found, db=db), config=config))
        # Hashing is slow; nobody else should wait for the lock of the transaction below meanwhile.
        hashes = saving.hashes(found.rows, db=db, progress=progress)
    try:
        with database.transaction() as db:
            stored = agreement.stored(found, db=db)
            refuse(found.source, agreement.problems(found, stored, config=config))
            return saving.save(found.rows, stored, hashes, db=db, config=config, now=now, invite=invite)
    except IntegrityError:
        problem = RowProblem(0, "", "another import or a visitor changed the same customers meanwhile", "Run it again.")
        raise ImportRefused(found.source, [problem]) from None
