"""The signed address in a mail by which its recipient stops mails of that kind, and subscribes again; it can do
nothing else.

It works without signing in and as long as the application key does, because mails are kept for years. It is bound to
the address the mail went to, so it reveals nothing about whoever takes that person's place later. Source: RFC 8058.
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
    """Return the last part of the address: ``contact.12.invoices.3f9a…``."""
    mac = _mac(keys.current, concerns, category, email_key(address) or "")
    return f"{concerns.replace(':', '.')}.{category}.{mac}"


def can_be_stopped(concerns: str) -> bool:
    """Whether a mail to them carries such an address. Mails to the billing address do not: whoever pays must get them,
    and whoever may change the account's details can remove the address."""
    return not concerns.startswith("account:")


def url(signed: str, screens: str) -> str:
    """Return the complete address.

    Args:
        screens: The address below which the screens are, see ``Platform.address``.
    """
    return f"{screens}/{PATH}/{signed}"


def category_of(signed: str) -> str | None:
    """Return the category that an address names, signed here or not: it is no secret."""
    found = SIGNED.fullmatch(signed)
    return found[3] if found else None


def stop(scope: Scope, signed: str) -> Contact | Membership | None:
    """The holder of the address gets no more mails of its category. Returns ``None`` for an address not signed here."""
    found = _holder(scope, signed)
    if found is not None:
        recipients.stop(scope, found.account_id, recipients.address_key(found), category_of(signed) or "")
    return found


def resume(scope: Scope, signed: str) -> Contact | Membership | None:
    """The holder of the address gets mails of its category again, if they had stopped them.

    Returns ``None`` for an address not signed here, and if nobody had unsubscribed.
    """
    found = _holder(scope, signed)
    if found is None:
        return None
    address, category = recipients.address_key(found), category_of(signed) or ""
    return found if recipients.resume(scope, found.account_id, address, category) else None


def _holder(scope: Scope, signed: str) -> Contact | Membership | None:
    """Return whom the address was signed for, locked, if they still have the mailbox it went to; else ``None``."""
    found = SIGNED.fullmatch(signed)
    if found is None:
        return None
    kind, id_, category, mac = found.groups()
    concerns = f"{kind}:{id_}"
    begin_writing(scope.db)
    known = recipients.holder(scope.db, concerns)
    if known is None or isinstance(known, Account):
        return None
    # The account is locked before its contacts, as everywhere: in the other order two transactions would deadlock.
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
