"""When sessions were last used: noted during a request, written to the database once the request holds no connection.

A request that wrote it at once, outside its own transaction, needed a second connection while it held the first;
twenty such requests blocked each other. Here one thread at a time writes for all of them. Notes that cannot be written
without waiting are kept, and the next request writes them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError

from ..db.database import Database
from ..db.models import UserSession, UTCDateTime

MOST_NOTED = 10_000
"""Most sessions noted while the database cannot be written to."""

MOST_ROUNDS = 3
"""How often one thread looks whether others have noted something while it was writing."""

_AT = bindparam("at", type_=UTCDateTime())
_TO_WRITE = (
    select(UserSession.id)
    .where(UserSession.id == bindparam("session"), UserSession.last_used_at < _AT)
    # Rows locked by others are skipped: whoever holds the lock is writing to this session right now.
    .with_for_update(skip_locked=True)
)
_WRITE = update(UserSession.__table__).where(UserSession.id.in_(_TO_WRITE)).values(last_used_at=_AT)  # type: ignore[arg-type]


class LastUses:
    """The notes of this process. Any thread may note and write."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._noted: dict[int, datetime] = {}
        self._be_fresh()

    def note(self, session_id: int, at: datetime) -> None:
        """The session was used at this time."""
        if len(self._noted) < MOST_NOTED:
            self._noted[session_id] = at

    def write(self) -> None:
        """The notes are in the database, except those that would have to wait. Never raises."""
        if not self._noted:
            return
        if self._process != os.getpid():
            # The thread that held the lock does not exist in the child of a fork.
            self._be_fresh()
        for _ in range(MOST_ROUNDS):
            if not self._noted or not self._writing.acquire(blocking=False):
                return
            try:
                if not self._write_all():
                    return
            finally:
                self._writing.release()

    def _write_all(self) -> bool:
        """Whether everything noted before it began is written."""
        if not self.database.has_room:
            return False
        uses = self._noted.copy()
        try:
            with self.database.hurried() as connection:
                connection.execute(_WRITE, [{"session": id_, "at": at} for id_, at in sorted(uses.items())])
        except SQLAlchemyError:
            return False
        self._forget(uses)
        return True

    def _forget(self, written: Mapping[int, datetime]) -> None:
        for id_, at in written.items():
            if self._noted.get(id_) == at:
                self._noted.pop(id_, None)

    def _be_fresh(self) -> None:
        self._process = os.getpid()
        self._writing = threading.Lock()
