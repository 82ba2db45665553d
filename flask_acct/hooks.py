"""What a host's functions add: each is asked at the request it is for, so it may be declared after the app."""

from __future__ import annotations

from dataclasses import dataclass

from .admission import Before


@dataclass(slots=True)
class Hooks:
    """The host's functions, as far as there are any."""

    before_sign_in: Before | None = None
    """Asked between the password and the session, see ``admission``."""
