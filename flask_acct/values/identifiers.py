"""The canonical form of what identifies a user or an account.

User names, customer numbers, email addresses and domains live in disjoint name spaces: an address holds ``@``, a
customer number is digits only, a user name is neither, and nobody signs in with a domain. No string can mean two
users. Each function called ``*_key`` returns the key that is stored and indexed, or ``None`` for a text that cannot
be one.

People paste more than they mean: invisible characters, quotes, ``mailto:``, ``Name <address>``, "No. 9000". Text with
one meaning is cleaned here and nowhere else, so that forms, imports and commands agree; other text is ``None``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Literal
from urllib.parse import unquote

import idna
from email_validator import EmailNotValidError, validate_email

from .unicode_forms import normalized

Kind = Literal["username", "customer_number", "email"]
USERNAME = re.compile(r"[\w](?:[\w.\-]{0,62}[\w])?", re.UNICODE)
DOMAIN_LENGTH = 253
EMAIL_LENGTH = 254
NUMBER_LENGTH = 18
LONGEST = 1000
"""Most characters that are read; nobody pastes a longer name."""

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Invisible characters: Unicode's Default_Ignorable_Code_Point, annotation marks and the empty Braille pattern."""

OPENING = '"“”„‟«‹<([「『【〈《＂＜（［'
CLOSING = '"“”«»‹›>)]」』】〉》＂＞）］'
PUNCTUATION = ".,;:!?，；。．、"
PAIRS = {"'": "'", "`": "`´'", "´": "´", "‘": "’", "’": "’", "‚": "‘’", "{": "}", "*": "*"}
"""Characters that may also be part of an address, and are a wrapping only if they stand on both sides."""

NAMED = re.compile(r"([^<>]*)<([^<>]+)>")
"""``Ana Sala <ana@example.com>``."""

MAILTO = re.compile(r"mailto:/*", re.IGNORECASE)
SCHEME = re.compile(r"(?:mailto:|https?:|[a-z][a-z0-9+-]*:[/\\]|[/\\])[/\\]*", re.IGNORECASE)
PORT = re.compile(r":[0-9]*")

NUMBERED = re.compile(
    r"(?:[^0-9@]*[\s.:#№º°ª])?"
    r"([0-9]+|[0-9]{1,3}(?: [0-9]{1,3})+|[0-9]{1,3}([.,'’])[0-9]{3}(?:\2[0-9]{3})*)"
)
"""``9000``, ``#9000``, ``No. 9000``, ``Customer number: 9 000``, ``9.000``. Not ``9000.0``, nor two numbers."""

SCRIPTS_TOGETHER = (
    {"CJK", "HIRAGANA", "KATAKANA"},
    {"CJK", "HANGUL"},
    {"CJK", "BOPOMOFO"},
)
"""Scripts that one language writes together. Source: Unicode TS #39, "Highly Restrictive"."""


def visible(typed: str) -> str:
    """Return what was typed or pasted without invisible characters, and without spaces around it; NFC."""
    return normalized("NFC", INVISIBLE.sub("", typed)).strip()


def kind_of(typed: str) -> Kind:
    """Return which of the three kinds a string typed at the sign-in form is."""
    if "@" in _addressed(typed):
        return "email"
    return "customer_number" if number_key(typed) is not None else "username"


def key_of(kind: Kind, typed: str) -> str | None:
    """Return the key of an identifier of this kind, or ``None`` if the text is not one."""
    return {"username": username_key, "customer_number": number_key, "email": email_key}[kind](typed)


def plain(typed: str, kinds: Iterable[str]) -> str | None:
    """Return the text as its reader would write it, if it can be one of these kinds; else ``None``.

    Sample: ``plain("mailto:Ana@example.com", ["email"])`` is ``"Ana@example.com"``.
    """
    wanted = list(kinds)
    likely = kind_of(typed)
    ordered = sorted(wanted, key=lambda kind: kind != likely)
    return next((found for kind in ordered if (found := _PLAIN[kind](typed)) is not None), None)


def username_key(typed: str) -> str | None:
    """Return case-folded NFKC. ``None`` if empty, too long, all digits, or with more than letters and ``. - _``."""
    folded = normalized("NFKC", _unwrapped(typed)).casefold()
    key = INVISIBLE.sub("", folded)
    if not USERNAME.fullmatch(key) or key.isnumeric():
        return None
    return key


def username(typed: str) -> str | None:
    """Return the user name as its user writes it, in the letters typed; ``None`` if it cannot be one."""
    return None if username_key(typed) is None else _unwrapped(typed)


def is_of_one_script(name: str) -> bool:
    """Whether all its letters are of one script, so that none imitates another: the first of ``аlice`` is Cyrillic.

    Only new user names are checked: existing ones stay valid. A name entirely of another script is somebody's language.
    """
    letters = (character for character in normalized("NFKC", name) if character.isalpha())
    scripts = {unicodedata.name(character, "").replace("-", " ").partition(" ")[0] for character in letters} - {
        "MODIFIER"
    }
    return len(scripts) < 2 or any(scripts <= together for together in SCRIPTS_TOGETHER)


def number_key(typed: str) -> str | None:
    """Return ASCII digits without leading zeros: ``"9000"`` for ``" 09000 "`` and for ``"No. 9000"``.

    ``None`` for a user name, such as ``no9000`` or ``9.000``.
    """
    return number_in(typed) if username_key(typed) is None else None


def number_in(typed: str) -> str | None:
    """The same for a field that takes only a customer number: ``"9000"`` also for ``"Nº9000"`` and ``"9.000"``."""
    text = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character for character in _unwrapped(typed)
    )
    found = NUMBERED.fullmatch(" ".join(_narrow(text).split()))
    if found is None:
        return None
    digits = re.sub("[^0-9]", "", found[1]).lstrip("0") or "0"
    return digits if len(digits) <= NUMBER_LENGTH else None


def email_key(typed: str) -> str | None:
    """Return the address in ASCII and lower case: ``josé`` is refused, ``A@Bücher.example`` gives

    Source: RFC 5321 §4.5.3.1; UTS #46. Addresses whose local part is not ASCII need SMTPUTF8, which relays of small
    companies do not have.
    """
    address = email_address(typed)
    return folded_address(address) if address else None


def folded_address(address: str) -> str:
    """Return the key of an address that ``email_address`` gave."""
    return address.lower()


def email_address(typed: str) -> str | None:
    """Return the address to write to: the local part as typed, the domain in A-labels."""
    address = _addressed(typed)
    if len(address) > EMAIL_LENGTH or "=?" in address or '"' in address:
        return None
    try:
        found = validate_email(
            address, strict=True, allow_smtputf8=False, check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return found.ascii_email


def folded(name: str) -> str:
    """Return what names are sorted and searched by: lower case without accents."""
    parts = normalized("NFKD", name.casefold())
    return "".join(character for character in parts if not unicodedata.combining(character))


def letters_and_digits(text: str) -> str:
    """Return them alone, small and without accents: ``numerodecliente`` for ``Número_de cliente``."""
    return "".join(character for character in folded(text) if character.isalnum())


def domain_key(typed: str) -> str | None:
    """Return the domain in A-labels and lower case; ``www.``, a scheme, port, path or mailbox is removed."""
    host = _host(typed).strip(".")
    if not host or len(host) > DOMAIN_LENGTH:
        return None
    try:
        key = idna.encode(host, uts46=True).decode("ascii").lower().strip(".")
    except idna.IDNAError:
        return None
    while key.startswith("www."):
        key = key.removeprefix("www.")
    return key if "." in key else None


def readable(key: str) -> str:
    """Return the domain as people write it: ``panadería.example`` for ``xn--panadera-i2a.example``."""
    if "xn--" not in key:
        return key
    try:
        return idna.decode(key)
    except idna.IDNAError:
        return key


def _email(typed: str) -> str | None:
    return None if email_address(typed) is None else _addressed(typed)


def _domain(typed: str) -> str | None:
    key = domain_key(typed)
    return None if key is None else readable(key)


_PLAIN: Mapping[str, Callable[[str], str | None]] = {
    "username": username,
    "customer_number": number_in,
    "email": _email,
    "domain": _domain,
}
"""By the kinds of identifier that a form field may hold."""


def _addressed(typed: str) -> str:
    """Return the address within pasted text, or the whole text if that is not clear."""
    text = _narrow(_unwrapped(typed))
    named = NAMED.fullmatch(_narrow(visible(typed)[:LONGEST]))
    if named is not None:
        name, inner = _unwrapped(named[1]), _bare(named[2])
        # Some programs write the address in place of the name; a different one there would make two meanings.
        text = inner if "@" not in name or name.lower() == inner.lower() else text
    return _bare(text)


def _bare(text: str) -> str:
    """Return the text without ``mailto:`` and what follows the address there."""
    text = _unwrapped(text)
    scheme = MAILTO.match(text)
    return _unwrapped(unquote(text[scheme.end() :].partition("?")[0])) if scheme else text


def _host(typed: str) -> str:
    """Return the host of a web or email address, or the text itself."""
    text = _unwrapped(typed)
    named = NAMED.fullmatch(visible(typed)[:LONGEST])
    text = _narrow(_unwrapped(named[2]) if named else text)
    while scheme := SCHEME.match(text):
        text = text[scheme.end() :]
    host = re.split(r"[/\\?#]", unquote(text), maxsplit=1)[0].rpartition("@")[2]
    name, colon, port = host.rpartition(":")
    return visible(name if colon and PORT.fullmatch(colon + port) else host)


def _unwrapped(typed: str) -> str:
    """Return the text without quotes, brackets and punctuation around it; empty if it is too long to be a name."""
    text, before = visible(typed), ""
    if len(text) > LONGEST:
        return ""
    while text != before:
        before = text
        text = text.rstrip(PUNCTUATION + CLOSING).lstrip(OPENING).strip()
        if len(text) > 1 and text[-1] in PAIRS.get(text[0], ""):
            text = text[1:-1]
    return text


def _narrow(text: str) -> str:
    """Return letters, digits and punctuation of full width, as some keyboards type them, in their usual form."""
    return "".join(
        normalized("NFKC", character) if unicodedata.decomposition(character).startswith("<wide>") else character
        for character in text
    )
