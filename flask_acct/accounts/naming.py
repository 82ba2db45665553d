"""The name by which pages and mails call a user: the one that they know themselves by here.

It fills the slot ``username`` of mails and pages. A user name is shown only where people sign in with it. Elsewhere it
may have been made up, by an import or from the address of an invitation, and nobody has ever seen it; the email address
is shown in its place.
"""

from __future__ import annotations

from ..config import Config
from ..db.models import User


def display_name(user: User, config: Config, *, email: str = "") -> str:
    """Return the user name where people sign in with it, else the email address.

    Args:
        email: The address to show, if it is not the one the user has by now.
    """
    return user.username if config.login.has_usernames else email or user.email


def full_display_name(user: User, config: Config) -> str:
    """Return the user name followed by the email address, or the address alone: ``m00000 (ana@example.com)``."""
    name = display_name(user, config)
    return name if name == user.email else f"{name} ({user.email})"
