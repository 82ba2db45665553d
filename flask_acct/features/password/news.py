"""The news that the user's password expires soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ...security import passwords
from ...security.sessions import CurrentSession
from ...web.layout import Layout, Notice
from ...web.state import state
from .flows import WARN_DAYS


def expiry(here: CurrentSession, frame: Layout) -> Iterator[Notice]:
    """Yield it from the day on which the first mail about it is sent."""
    ends = passwords.expires_at(here.user, frame.config)
    if ends is not None and ends - state().clock() <= timedelta(days=max(WARN_DAYS)):
        yield frame.notice("password.news.ends", "password.news.change", {}, {"until": ends}, tone="warning")


NEWS = (expiry,)
