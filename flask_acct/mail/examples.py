"""Example values for every declared mail, so that an operator can read a mail before a customer does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ..config import Config
from ..declare.elements import Button, Listing, Mail, Paragraphs, Secret
from ..declare.labels import slots
from ..platform import Platform
from .rendering import MailToRender

RECIPIENT = "ana@example.com"
TEXTS: Mapping[str, str] = {
    "username": "m00000",
    "reference": "R-7KQ2-M9XD",
    "account": "Ortega Bakery",
}
TIMES = frozenset({"until", "when", "asked"})
LISTS: Mapping[str, list[str]] = {
    "usernames": ["m00000", "m00001", "ortega.bakery"],
    "customer_numbers": ["9000", "9001"],
    "grants": ["View and pay invoices"],
    "asked_from": ["Firefox, Windows", "IP 8.8.8.*"],
    "details": ["Ana Ortega", "ana@example.com", "ortega.example"],
}
SECRETS = {
    "temporary_password": "ExampLeTempPassw2345",
    "password_link": "EXAMPLEexampleEXAMPLEexampleEXAMPLEexample0",
    "confirm_recovery": "EXAMPLEexampleEXAMPLEexampleEXAMPLEexample1",
    "email_change": "EXAMPLEexampleEXAMPLEexampleEXAMPLEexample2",
    "invitation": "EXAMPLEexampleEXAMPLEexampleEXAMPLEexample3",
    "sign_up": "EXAMPLEexampleEXAMPLEexampleEXAMPLEexample4",
    "keep_address": "EXAMPLEexampleEXAMPLEexampleEXAMPLEexample5",
}


def example(mail: Mail, platform: Platform, now: datetime, *, locale: str) -> MailToRender:
    """Return a mail of this kind to nobody, with a value for each of its slots and lists."""
    purpose = _purpose(mail, platform)
    soon = now + timedelta(hours=1)
    names = {name for text in mail.texts() for name in slots(platform.sentences(locale)[text.id])}
    listed = [part for part in mail.parts if isinstance(part, Listing | Paragraphs)]
    lists = {part.name: LISTS.get(part.name, ["…", "…"]) for part in listed}
    if "asked" in names:
        lists["asked_from"] = LISTS["asked_from"]
    links = {part.name: "/" for part in mail.parts if isinstance(part, Button) and not part.to}
    return MailToRender(
        mail=mail.name,
        recipient=RECIPIENT,
        recipient_name="Ana Ortega",
        locale=locale,
        message_id="acct.example",
        written_at=now,
        customer_number="9000",
        slots={**dict(_value(name, soon, platform.config) for name in names), **lists, **links},
        purpose=purpose,
        secret=SECRETS.get(purpose or ""),
        until=soon if purpose else None,
    )


def _value(name: str, soon: datetime, config: Config) -> tuple[str, Any]:
    if name in TIMES:
        return f"{name}_at", soon.isoformat()
    if name == "username" and not config.login.has_usernames:
        return name, RECIPIENT
    return name, TEXTS.get(name, f"‹{name}›")


def _purpose(mail: Mail, platform: Platform) -> str | None:
    """Return the purpose of the mail's token, as its elements imply it."""
    if any(isinstance(part, Secret) for part in mail.parts):
        return "temporary_password"
    opened = [platform.declared.screens.get(part.to) for part in mail.parts if isinstance(part, Button)]
    return next((purpose for screen in opened if screen for purpose in screen.opened_by if purpose in SECRETS), None)
