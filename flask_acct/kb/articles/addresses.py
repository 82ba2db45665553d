"""Checks addresses that lead out of the site, as far as possible without the network."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

HOST = re.compile(r"(?:[^@\s/]*@)?(?:\[[0-9a-f:.]+\]|[^\s/?#@:\[\]<>\"'\\^`{|}]+)(?::\d{1,5})?")
MAIL = re.compile(r"[^@\s,<>]+@[^@\s,<>.]+(?:\.[^@\s,<>.]+)+")
PHONE = re.compile(r"\+?[\d().\s-]*(?:\d[().\s-]*){2,}(?:;[\w.=+-]+)*")


def fault(address: str) -> str:
    """Return what is wrong with the address of a link and how to fix it; empty if nothing is."""
    if address in ("", "#"):
        return "has a link without an address. Write one between the brackets: [words](sign-in.md)"
    parts = urlsplit(address)
    if not parts.scheme:
        if parts.netloc or address.startswith("//"):
            return f"leads to {address}, which does not say how. Write https:{address}"
        return ""
    check = CHECKS.get(parts.scheme.lower())
    what = check(address, parts) if check else ""
    return f"leads to {address}, {what}" if what else ""


def _web(address: str, parts: SplitResult) -> str:
    if not parts.netloc:
        rest = address.partition(":")[2].lstrip("/") or "www.example.com"
        return f"which names no web site. Write {parts.scheme}://{rest}"
    if not HOST.fullmatch(parts.netloc.lower()):
        return f"whose web site {parts.netloc!r} has a character that no name has. Write it as a browser shows it"
    return "which has a blank. Write %20 for it" if re.search(r"\s", address) else ""


def _mail(_: str, parts: SplitResult) -> str:
    ones = parts.path.split(",")
    if all(MAIL.fullmatch(one.strip().replace("%20", "")) for one in ones):
        return ""
    return "which is no address of an email. Write mailto:orders@example.com"


def _phone(_: str, parts: SplitResult) -> str:
    return "" if PHONE.fullmatch(parts.path) else "which is no telephone number. Write tel:+34600000000"


CHECKS: dict[str, Callable[[str, SplitResult], str]] = {"http": _web, "https": _web, "mailto": _mail, "tel": _phone}
"""By scheme, a function that returns what is wrong with an address of it."""
