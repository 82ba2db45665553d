"""The Content-Security-Policy of our pages, and what a host may add to it.

Source: W3C, Content Security Policy Level 3, §2.3.1 (sources) and §6.1 (directives); OWASP CSP Cheat Sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from .problems import InvalidValue

Directive = Literal[
    "script-src", "style-src", "img-src", "font-src", "connect-src", "form-action", "frame-src", "media-src",
    "worker-src", "manifest-src",
]  # fmt: skip
"""The directives that a host may add sources to; ``frame-ancestors`` and ``base-uri`` are not among them."""

USUAL: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
"""The policy without additions: nothing inline, nothing from other sites. Source: ASVS 3.4.3."""

HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?(/[A-Za-z0-9._~%/+@-]*)?", re.IGNORECASE)
HASH = re.compile(r"'sha(256|384|512)-[A-Za-z0-9+/]+={0,2}'")
HARMLESS_SCHEMES: Mapping[str, tuple[str, ...]] = {
    "data:": ("img-src", "font-src", "media-src"),
    "blob:": ("img-src", "media-src", "worker-src"),
}
"""Schemes that may be allowed as a whole, each with the directives in which what it loads cannot run by itself."""


def policy(added: Mapping[Directive, Iterable[str]]) -> str:
    """Return the value of the header, with what a host adds: ``{"img-src": ["https://cdn.example.com"]}``."""
    sources: dict[str, list[str]] = {directive: usual.split() for directive, usual in USUAL.items()}
    for directive, more in added.items():
        known = sources.setdefault(directive, ["'self'"])
        known += [source for source in more if source not in known]
    return "; ".join(f"{directive} {' '.join(known)}" for directive, known in sources.items())


def source(value: str) -> str:
    """Return a source in the form that the header needs. Raises ``InvalidValue`` if it is none."""
    written = value.strip()
    if written in ("'self'", *HARMLESS_SCHEMES) or HASH.fullmatch(written):
        return written
    if written in ("self", "none", "'none'"):
        raise InvalidValue(f'"{value}" need not be said', "'self' is there already: remove it.")
    if "unsafe" in written:
        raise InvalidValue(
            f'"{value}" would let whatever is slipped into a page run', "Put it in a file of yours, or name its hash: "
            "\"'sha256-…'\"."
        )  # fmt: skip
    scheme, separator, rest = written.partition("://")
    if not separator:
        fix = f'Write "https://{written}".' if HOST.fullmatch(written) else 'Write it like "https://cdn.example.com".'
        raise InvalidValue(f'"{value}" is no source', fix)
    if scheme not in ("https", "wss"):
        raise InvalidValue(f'"{value}" is not encrypted on its way', f'Write "https://{rest}".')
    if not HOST.fullmatch(rest) or not urlsplit(f"https://{rest.removeprefix('*.')}").hostname:
        raise InvalidValue(
            f'"{value}" names no host, or holds what a policy cannot', 'Write it like "https://cdn.example.com".'
        )
    return written


def fits(directive: str, value: str) -> bool:
    """Whether a directive may have the source: ``data:`` is allowed for images, but not for scripts."""
    return value not in HARMLESS_SCHEMES or directive in HARMLESS_SCHEMES[value]
