"""The address in a mail by which its recipient stops that kind of mail, and lets it come again: signed, and good for
nothing else.

It works without signing in and as long as the application key does, for mails are kept for years. It is bound to the
address the mail went to, so it says nothing about whoever has that place later. Source: RFC 8058.
"""

from __future__ import annotations

import hmac
import re

from ..db import row_locks
from ..db.database import begin_writing
from ..db.models import Account, Contact, Membership
from ..scope import Scope
from ..values.identifiers import email_key
from ..values.keys import Keys
from . import recipients

PATH = "unsubscribe"
BACK = "subscribe"
MAC_LENGTH = 40
"""Hexadecimal digits: 160 bits."""

SIGNED = re.compile(rf"(contact|member)\.([1-9][0-9]{{0,8}})\.([a-z][a-z0-9_]{{0,31}})\.([0-9a-f]{{{MAC_LENGTH}}})")


def sign(concerns: str, category: str, address: str, keys: Keys) -> str:
    """The last part of the address: ``contact.12.invoices.3f9a…``."""
    mac = _mac(keys.current, concerns, category, email_key(address) or "")
    return f"{concerns.replace(':', '.')}.{category}.{mac}"


def can_be_stopped(concerns: str) -> bool:
    """Whether a mail for them brings such an address. One for the billing address does not: who pays must know of it,
    and whoever may change the account's details takes the address away."""
    return not concerns.startswith("account:")


def url(signed: str, screens: str) -> str:
    """The whole address.

    Args:
        screens: Below which address the screens are, see ``Platform.address``.
    """
    return f"{screens}/{PATH}/{signed}"


def category_of(signed: str) -> str | None:
    """The category an address names, whether or not it was signed here; nobody learns that from it."""
    found = SIGNED.fullmatch(signed)
    return found[3] if found else None


def stop(scope: Scope, signed: str) -> Contact | Membership | None:
    """Whoever the address was made for gets no more mails of its category; ``None`` for one that was not made here."""
    found = _holder(scope, signed)
    if found is not None:
        recipients.stop(scope, found.account_id, recipients.address_key(found), category_of(signed) or "")
    return found


def resume(scope: Scope, signed: str) -> Contact | Membership | None:
    """Whoever the address was made for gets the mails of its category again, if it was by it that they do not.

    ``None`` for one that was not made here, and where nobody had unsubscribed.
    """
    found = _holder(scope, signed)
    if found is None:
        return None
    address, category = recipients.address_key(found), category_of(signed) or ""
    return found if recipients.resume(scope, found.account_id, address, category) else None


def _holder(scope: Scope, signed: str) -> Contact | Membership | None:
    """Whom the address was made for, if it was made here and they still have it; nobody else changes them meanwhile."""
    found = SIGNED.fullmatch(signed)
    if found is None:
        return None
    kind, id_, category, mac = found.groups()
    concerns = f"{kind}:{id_}"
    begin_writing(scope.db)
    known = recipients.holder(scope.db, concerns)
    if known is None or isinstance(known, Account):
        return None
    # Whoever changes contacts takes the account first, then its contacts: the other way round, two wait for each other.
    row_locks.lock_account(scope.db, known.account_id)
    holder = recipients.holder(scope.db, concerns, is_changed=True)
    if holder is None or isinstance(holder, Account):
        return None
    address = recipients.address_key(holder)
    is_ours = any(hmac.compare_digest(mac, _mac(key, concerns, category, address)) for key in scope.keys)
    return holder if is_ours else None


def _mac(key: bytes, concerns: str, category: str, address: str) -> str:
    text = f"flask_acct unsubscribe {concerns} {category} {address}"
    return hmac.new(key, text.encode(), "sha256").hexdigest()[:MAC_LENGTH]
