"""What a host's functions add: each is asked at the request it is for, so it may be declared after the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..db.models import User
from ..security.admission import Before


@dataclass(frozen=True, slots=True)
class HostIdentifier:
    """Something of the host's that people sign in with."""

    key: Callable[[str], str | None]
    """The one form of what was typed, ``None`` for what cannot be one. Tries are counted by it."""
    find: Callable[[str], User | None]
    """Whose the key is."""


@dataclass(slots=True)
class Hooks:
    """The host's functions, as far as there are any."""

    before_sign_in: Before | None = None
    """Asked between the password and the session, see ``admission``."""
    identifiers: dict[str, HostIdentifier] = field(default_factory=dict)
    """By the names that acct.toml gives them, ``[login] identifiers``."""
