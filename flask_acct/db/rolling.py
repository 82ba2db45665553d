"""Upgrades while an older flask_acct still serves: what each migration means for it.

Every migration has a ``phase``. Code older than an ``expand`` goes on serving the tables that it leaves; a ``contract``
takes away what older code uses, or asks of it what it does not know, so none of that may run any more. What was added
in one release is therefore taken away in a later one: expand, then contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory

Phase = Literal["expand", "contract"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step between two versions of the tables: ``Migration("0006", "Own fields.", "expand")``."""

    revision: str
    title: str
    phase: Phase


@cache
def migrations() -> tuple[Migration, ...]:
    """Return every migration, the oldest first."""
    return tuple(reversed(list(_newest_first())))


def pending(revision: str | None) -> tuple[Migration, ...]:
    """Return the migrations that would run on a database of this revision, in their order."""
    return tuple(one for one in migrations() if one.revision > (revision or ""))


def oldest_code(known: tuple[Migration, ...]) -> str:
    """Return the oldest revision whose code may serve tables that have all of these migrations."""
    contracts = [one.revision for one in known if one.phase == "contract"]
    return contracts[-1] if contracts else known[0].revision


def _newest_first() -> Iterator[Migration]:
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", "flask_acct.db:migrations")
    for script in ScriptDirectory.from_config(alembic).walk_revisions():
        yield Migration(script.revision, script.doc, cast(Phase, script.module.phase))
