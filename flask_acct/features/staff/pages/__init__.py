"""The staff area over HTTP."""

from __future__ import annotations

from . import accounts, cases, entering, looking, objecting, team, users

PAGES = {
    **entering.PAGES,
    **looking.PAGES,
    **accounts.PAGES,
    **users.PAGES,
    **objecting.PAGES,
    **cases.PAGES,
    **team.PAGES,
}
