"""A scope for the flows of a test, with defaults."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from flask_acct import features
from flask_acct.config import Config
from flask_acct.db.shared_counts import SharedCounts
from flask_acct.platform import Platform
from flask_acct.scope import Scope
from flask_acct.values.keys import Keys

SECRET_KEY = "an-example-key-for-tests-only-0123456789abcdef"
"""The same in every process and on every run, unlike that of ``flask_acct.testing``."""

KEYS = Keys.of(SECRET_KEY)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
"""On a Wednesday."""


def a_scope(
    db: Session,
    *,
    config: Config | None = None,
    platform: Platform | None = None,
    keys: Keys = KEYS,
    now: datetime = NOON,
    shared: SharedCounts | None = None,
) -> Scope:
    """Return a scope for a flow. Give ``config`` if the flow needs only shipped words, else ``platform``."""
    return Scope(db, platform or features.platform(config or Config()), keys, now, shared)
