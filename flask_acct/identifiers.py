"""The canonical form of what names a user or an account.

User names, customer numbers, email addresses and domains live in disjoint name spaces: an address holds ``@``, a
customer number is digits only, a user name is neither, and a domain is never signed in with. No string can mean two
users. Each function returns the key that is stored and indexed, or ``None`` for something that cannot be one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import idna
from email_validator import EmailNotValidError, validate_email

Kind = Literal["username", "customer_number", "email"]

USERNAME = re.compile(r"[\w](?:[\w.\-]{0,62}[\w])?", re.UNICODE)
NUMBER = re.compile(r"[0-9]{1,18}")
DOMAIN_LENGTH = 253
EMAIL_LENGTH = 254


def kind_of(typed: str) -> Kind:
    """Which of the three a string typed at the sign-in form is."""
    typed = typed.strip()
    if "@" in typed:
        return "email"
    return "customer_number" if NUMBER.fullmatch(typed) else "username"


def key_of(kind: Kind, typed: str) -> str | None:
    """The key of an identifier of this kind, or ``None`` when it is not one."""
    return {"username": username_key, "customer_number": number_key, "email": email_key}[kind](typed)


def username_key(typed: str) -> str | None:
    """Case-folded NFKC. ``None`` for one that is empty, too long, all digits, or has other signs than ``. - _``."""
    key = unicodedata.normalize("NFKC", typed.strip()).casefold()
    if not USERNAME.fullmatch(key) or key.isnumeric():
        return None
    return key


def number_key(typed: str) -> str | None:
    """ASCII digits without leading zeros: ``"9000"`` for ``" 09000 "``."""
    typed = typed.strip()
    return (typed.lstrip("0") or "0") if NUMBER.fullmatch(typed) else None


def email_key(typed: str) -> str | None:
    """The address in ASCII and lower case: ``josé`` is refused, ``A@Bücher.example`` gives ``a@xn--bcher-kva.example``.

    Source: RFC 5321 §4.5.3.1; UTS #46. Addresses whose local part is not ASCII need SMTPUTF8, which relays of small
    companies do not have.
    """
    address = email_address(typed)
    return address.lower() if address else None


def email_address(typed: str) -> str | None:
    """The address to write to: the local part as typed, the domain in A-labels."""
    typed = typed.strip()
    if len(typed) > EMAIL_LENGTH or "=?" in typed or '"' in typed:
        return None
    try:
        found = validate_email(
            typed, strict=True, allow_smtputf8=False, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return found.ascii_email


def folded(name: str) -> str:
    """What names are sorted and searched by: small letters without accents."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def domain_key(typed: str) -> str | None:
    """The domain in A-labels and lower case; a leading ``www.``, scheme or path is forgiven."""
    name = typed.strip().removeprefix("https://").removeprefix("http://").split("/")[0].rstrip(".")
    if not name or len(name) > DOMAIN_LENGTH:
        return None
    try:
        key = idna.encode(name, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return None
    key = key.removeprefix("www.")
    return key if "." in key else None
