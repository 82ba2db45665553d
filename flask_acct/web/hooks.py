"""The functions a host registers: looked up at the request that needs them, so they may be declared after the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..db.models import User
from ..security.admission import Before
from .news import Provider


@dataclass(frozen=True, slots=True)
class HostIdentifier:
    """An identifier of the host's that people sign in with."""

    key: Callable[[str], str | None]
    """Returns the canonical form of what was typed, ``None`` if it cannot be one. Tries are counted by it."""
    find: Callable[[str], User | None]
    """Returns whose the key is."""


@dataclass(slots=True)
class Hooks:
    """The functions that the host has registered."""

    before_sign_in: Before | None = None
    """Called between the password and the session, see ``admission``."""
    identifiers: dict[str, HostIdentifier] = field(default_factory=dict)
    """By the names that acct.toml gives them, ``[login] identifiers``."""
    news: list[Provider] = field(default_factory=list)
    """Return what needs attention in an account."""
