"""What an archive says of itself, so that a restore can tell whether it is whole.

Sample::

    {
      "format": 1,
      "made_at": "2026-11-29T03:00:00+00:00",
      "flask_acct": "1.0.0",
      "revision": "0007",
      "kind": "postgresql",
      "server": "15.18",
      "tables": {"public.acct_user": {"rows": 3, "digest": "1093…"}},
      "files": {"database.dump": {"bytes": 8192, "sha256": "5e88…"}}
    }
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from .problems import NotRestored

FORMAT = 1


@dataclass(frozen=True, slots=True)
class TableContent:
    """The rows of a table, to be compared."""

    rows: int
    digest: str = ""
    """The same for the same rows, in whatever order; empty where the checksum of the whole database says it."""


def differences(told: Mapping[str, TableContent], found: Mapping[str, TableContent]) -> str:
    """Return the tables whose rows are not as told: ``acct_user (3 rows, not 4)``; empty if all are."""
    names = [name for name in sorted({*told, *found}) if told.get(name) != found.get(name)]
    return ", ".join(f"{name} ({_difference(told.get(name), found.get(name))})" for name in names)


def _difference(told: TableContent | None, found: TableContent | None) -> str:
    if told is None or found is None:
        return "it is missing" if told else "it is not in the backup"
    if told.rows != found.rows:
        return f"{found.rows:,} rows, not {told.rows:,}"
    return "its content differs"


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """The size and checksum of a file of the archive."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What is in an archive, and of which versions it is."""

    made_at: datetime
    flask_acct: str
    revision: str | None
    """Of our tables; ``None`` if the database has none."""
    kind: str
    """``sqlite`` or ``postgresql``."""
    server: str
    """The version of SQLite or of the server."""
    tables: Mapping[str, TableContent]
    files: Mapping[str, ArchivedFile]

    def as_json(self) -> bytes:
        found = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(found, indent=2, ensure_ascii=False).encode()

    @classmethod
    def of_json(cls, text: bytes) -> BackupManifest:
        """Return the manifest of an archive. Raises ``NotRestored`` for one that cannot be read."""
        try:
            found: dict[str, Any] = json.loads(text)
            if found.pop("format") != FORMAT:
                raise NotRestored("A newer flask_acct made this backup. Install that version, then restore again.")
            return cls(**{**found, **_typed(found)})
        except (ValueError, TypeError, KeyError):
            raise NotRestored("This is no backup of flask_acct, or its manifest is damaged.") from None

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables.values())


def _typed(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "made_at": datetime.fromisoformat(found["made_at"]),
        "tables": {name: TableContent(**one) for name, one in found["tables"].items()},
        "files": {name: ArchivedFile(**one) for name, one in found["files"].items()},
    }
