"""The address in a mail by which its recipient stops that kind of mail: signed, and good for nothing else.

It works without signing in and as long as the application key does, for mails are kept for years. It is bound to the
address the mail went to, so it says nothing about whoever has that place later. Source: RFC 8058.
"""

from __future__ import annotations

import hmac
import re

from sqlalchemy.orm import Session

from . import recipients
from .database import begin_writing
from .identifiers import email_key
from .models import Account, Contact, Membership
from .screen import PREFIX
from .tokens import Keys

PATH = "unsubscribe"
MAC_LENGTH = 40
"""Hexadecimal digits: 160 bits."""

SIGNED = re.compile(rf"(contact|member)\.([1-9][0-9]{{0,8}})\.([a-z][a-z0-9_]{{0,31}})\.([0-9a-f]{{{MAC_LENGTH}}})")


def sign(concerns: str, category: str, address: str, *, keys: Keys) -> str:
    """The last part of the address: ``contact.12.invoices.3f9a…``."""
    mac = _mac(keys.current, concerns, category, email_key(address) or "")
    return f"{concerns.replace(':', '.')}.{category}.{mac}"


def can_be_stopped(concerns: str) -> bool:
    """Whether a mail for them brings such an address. One for the billing address does not: who pays must know of it,
    and whoever may change the account's details takes the address away."""
    return not concerns.startswith("account:")


def url(signed: str, public_url: str) -> str:
    """The whole address."""
    return f"{public_url}{PREFIX}/{PATH}/{signed}"


def category_of(signed: str) -> str | None:
    """The category an address names, whether or not it was signed here; nobody learns that from it."""
    found = SIGNED.fullmatch(signed)
    return found[3] if found else None


def stop(signed: str, *, db: Session, keys: Keys) -> Contact | Membership | None:
    """Whoever the address was made for gets no more mails of its category; ``None`` for one that was not made here."""
    found = SIGNED.fullmatch(signed)
    if found is None:
        return None
    kind, id_, category, mac = found.groups()
    concerns = f"{kind}:{id_}"
    begin_writing(db)
    holder = recipients.holder(concerns, db=db, is_changed=True)
    if holder is None or isinstance(holder, Account):
        return None
    address = recipients.address_key(holder)
    if not any(hmac.compare_digest(mac, _mac(key, concerns, category, address)) for key in keys):
        return None
    recipients.stop(holder, category)
    return holder


def _mac(key: bytes, concerns: str, category: str, address: str) -> str:
    text = f"flask_acct unsubscribe {concerns} {category} {address}"
    return hmac.new(key, text.encode(), "sha256").hexdigest()[:MAC_LENGTH]
