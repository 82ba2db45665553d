"""Anonymous requests: remembered as typed, looked up by nobody until the worker answers them.

The form that made one therefore does the same work, and says the same, whoever was named.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from .models import Asked

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def remember(
    kind: str, named: Mapping[str, str], *, locale: str, platform: str | None, db: Session, now: datetime
) -> str:
    """The request waits for the worker. Returns its reference, ``R-7KQ2-M9XD``, for the visitor to quote.

    Args:
        kind: The screen it came from, ``recovery.password``.
        named: What was typed, by field name.
    """
    signs = [secrets.choice(SIGNS) for _ in range(8)]
    reference = f"R-{''.join(signs[:4])}-{''.join(signs[4:])}"
    db.add(
        Asked(
            reference=reference,
            kind=kind,
            named=dict(named),
            locale=locale,
            platform=platform,
            created_at=now,
        )
    )
    return reference
