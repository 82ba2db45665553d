"""Text that people typed, written so that no mail program turns it into a link.

Mail programs link whatever looks like an address: a domain alone, a number of four parts, ``tel:``. Only a space after
each dot prevents that in all of them; invisible characters, which some programs skip, do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..values.identifiers import email_address

SCHEME = re.compile(r"(?:\b[a-z][a-z0-9+.\-]{0,30})?:(?:/{2,}|\\{2,})", re.IGNORECASE)
COLON = re.compile(r"(?:(?<=[^\W\d_])|(?<=\d)(?=:\D)):(?=\S)")
"""The colon of ``mailto:``, ``tel:`` and the like; also of a host before its port. Not that of ``12:30``."""

SHARE = re.compile(r"\\{2,}")
"""``\\\\server\\share``, which opens on some desktops."""

NOT_ASCII = r"[^\x00-\x7f]"
"""Compiles fifty times as fast as the range ``[\u0080-\U0010ffff]``, which matches the same."""

DOTS = ".\u2024\u3002\ufe52\uff0e\uff61"
"""The full stop, and what domain names accept as one. Source: UTS #46; RFC 3490 §3.1."""

DOT = re.compile(rf"(?<=[^\s{DOTS}])([{DOTS}]+)(?=(?:[a-z]|{NOT_ASCII})[^\s{DOTS},;:!?)\]}}>\"'/])", re.IGNORECASE)
"""A dot before what might end a domain: a letter and something more. Not the dots of ``S.L.`` or ``1.5``."""

NUMBERS = re.compile(rf"(?<!\d)\d{{1,3}}(?:[{DOTS}]\d{{1,3}}){{3}}(?!\d)")
AT = re.compile(r"(?<=\S)([@\ufe6b\uff20])(?=\S)")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
"""Characters without width that no name needs."""

JOINERS = re.compile("([\u200c\u200d])+")
IDLE_JOINER = re.compile(rf"(?<!{NOT_ASCII})[\u200c\u200d]|[\u200c\u200d](?!{NOT_ASCII})")
"""A joiner beside an ASCII character. Persian, Hindi and emoji need joiners between characters of their own."""

EDGES = "()[]{}<>\"'«»“”‘’.,;:!?…"
PLAIN_ADDRESS = re.compile(r"(?!www\.)[a-z0-9._+\-]+@[a-z0-9.\-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShownAsIs:
    """What is shown unchanged.

    ``words`` only when they stand alone: addresses, user names, the site's own host. ``domains`` with all their
    subdomains and any path: those of the customer whom the mail is for.
    """

    words: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: Iterable[str] = (), domains: Iterable[str] = ()) -> ShownAsIs:
        return cls(frozenset(map(_key, words)), frozenset(map(_key, domains)))

    def has(self, word: str) -> bool:
        if _key(word) in self.words:
            return True
        host = re.split(r"[/?#:]", word.rpartition("@")[2], maxsplit=1)[0]
        return any(_key(host) == domain or _key(host).endswith(f".{domain}") for domain in self.domains)


NOTHING = ShownAsIs()


def without_schemes(text: str) -> str:
    """Return the text without ``https://`` and the like."""
    while (less := SCHEME.sub("", text)) != text:
        text = less
    return text


def unlinked(text: str, shown: ShownAsIs = NOTHING) -> str:
    """Return the text so that no mail program turns any of it into a link, except what *shown* allows."""
    bare = without_schemes(IDLE_JOINER.sub("", JOINERS.sub(r"\1", INVISIBLE.sub("", text))))
    return "".join(part if part.isspace() else _broken(part, shown) for part in re.split(r"(\s+)", bare))


def is_plain_address(text: str) -> bool:
    """Whether it is exactly one email address, and nothing in it could be mistaken for something else."""
    return bool(PLAIN_ADDRESS.fullmatch(text)) and email_address(text) is not None


def _broken(word: str, shown: ShownAsIs) -> str:
    if shown.has(word.strip(EDGES)):
        return word
    word = COLON.sub(": ", SHARE.sub(" ", word))
    word = NUMBERS.sub(_numbers_apart, word)
    return AT.sub(r"\1 ", DOT.sub(r"\1 ", word))


def _numbers_apart(found: re.Match[str]) -> str:
    parts = re.split(f"([{DOTS}])", found[0])
    if any(int(number) > 255 for number in parts[::2]):
        # An amount, 1.234.567.890, and not an address.
        return found[0]
    return "".join(f"{part} " if part in DOTS else part for part in parts)


def _key(word: str) -> str:
    return word.strip(EDGES).casefold()
