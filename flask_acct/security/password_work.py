"""What a failed sign-in costs while hashes of other systems are stored, see ``hashes``."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..db.models import PasswordWork, User
from ..scope import Scope
from . import hashes
from .hashes import Work
from .passwords import hasher

OURS = f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}$"


def note(db: Session, stored: Iterable[str]) -> None:
    """From now on a failed sign-in costs at least as much as the most expensive of these hashes."""
    for work in hashes.costliest(one for one in stored if not one.startswith(OURS)):
        known = db.get(PasswordWork, work.family, with_for_update=True)
        if known is None:
            db.add(PasswordWork(family=work.family, units=work.units, decoy=work.decoy))
        elif known.units < work.units:
            known.units, known.decoy = work.units, work.decoy
    db.flush()


def forget_old(scope: Scope) -> None:
    """Costs of hashes that no user has any more are forgotten: the users have signed in, or set another password."""
    noted = {one.family: one for one in scope.db.scalars(select(PasswordWork))}
    if not noted:
        return
    foreign = select(User.password_hash).where(User.password_hash.is_not(None), ~User.password_hash.startswith(OURS))
    left = {work.family: work for work in hashes.costliest(scope.db.scalars(foreign.execution_options(yield_per=1000)))}
    for family, one in noted.items():
        if family in left:
            one.units = left[family].units
        elif not family.startswith("host:") or not _is_left(scope.db, family):
            scope.db.execute(delete(PasswordWork).where(PasswordWork.family == family))


def of(rows: Iterable[PasswordWork]) -> list[Work]:
    """Return the rows as plain values."""
    return [Work(one.family, one.units, one.decoy) for one in rows]


def _is_left(db: Session, family: str) -> bool:
    """Whether a hash of a host's scheme is stored, which this process may not know."""
    name = family.removeprefix("host:")
    begins = [User.password_hash.startswith(f"{dollar}{name}{end}") for dollar in ("", "$") for end in "$:"]
    return any(db.scalar(select(User.id).where(begin).limit(1)) is not None for begin in begins)
