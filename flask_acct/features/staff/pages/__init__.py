"""The staff area over HTTP."""

from __future__ import annotations

from . import accounts, cases, entering, looking, team, users

PAGES = {**entering.PAGES, **looking.PAGES, **accounts.PAGES, **users.PAGES, **cases.PAGES, **team.PAGES}
