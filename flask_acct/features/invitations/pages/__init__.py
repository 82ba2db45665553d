"""Invitations over HTTP: the owner's side, and the side of whoever is invited."""

from __future__ import annotations

from . import answering, inviting

PAGES = {**inviting.PAGES, **answering.PAGES}
