"""What a customer does on a site that runs, with curl for a browser."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Protocol

PASSWORD = "seven quiet herons by the river"


class Site(Protocol):
    """A site whose domain curl finds."""

    def curl(self, *words: str) -> str:
        """Run curl. Returns what it prints."""
        ...


def fill_in(site: Site, address: str, jar: Path, email: str = "") -> str:
    """Send the form of a page that asks for a password, as a browser does. Returns the page that follows."""
    shared = ("--cookie", str(jar), "--cookie-jar", str(jar), "--location", "--fail-with-body")
    page, _, at = site.curl(*shared, "--write-out", "\n%{url_effective}", address).rpartition("\n")
    [form] = [form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'type="password"' in form]
    typed = {"password": PASSWORD, "email": email, "text": email}
    words = []
    for tag in re.findall(r"<input[^>]*>", form):
        field = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        value = typed.get(field["type"], unescape(field.get("value", "")))
        words += ["--data-urlencode", f"{field['name']}={value}"]
    return site.curl(*shared, "--referer", at, *words, at)
