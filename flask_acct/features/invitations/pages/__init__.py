"""Invitations over HTTP: the pages of the owner, and those of the person invited."""

from __future__ import annotations

from . import answering, inviting

PAGES = {**inviting.PAGES, **answering.PAGES}
