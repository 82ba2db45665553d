"""The ``acct.toml`` of a new project: a preset without what is of its made-up company."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ..config import parse, starting_text
from .names import ProjectNames

TABLE = re.compile(r"(?m)^(?=(?:#[^\n]*\n)*\[[a-z])")
"""Where a table begins, its comments included."""

HEADER = re.compile(r"(?m)^\[([^\]]+)\]")

OF_MADE_UP_PAGES = ("platforms.", "nav.header.")
"""Tables about pages and domains that a new project has not."""

OF_A_LANGUAGE = ("labels", "vocabulary")
"""Tables of which there is one for each language."""

OF_MADE_UP_COMPANY = re.compile(
    r'(?m)^(?:#[^\n]*\n)*(?:tagline|footer|support_url|signup_url|purchase_url|renew_url|"shell\.header\.tagline"'
    r'|"shell\.footer\.line"|"[a-z.]+\.no_account"|"[a-z.]+\.sign_up") = .*\n'
)


OF_OTHER_LANGUAGES = re.compile(
    r"(?m) (?:Spanish|Italian) first\.$|^# (?:Spanish|Italian) (?:first, with|of Argentina first).*\n"
)
"""What the head of a preset says about its own languages."""


def settings_text(preset: str, names: ProjectNames, locales: Sequence[str], time_zone: str | None = None) -> str:
    """Return the text of ``acct.toml``.

    Args:
        locales: The languages to offer, the default one first; those of the preset if there are none.
        time_zone: Of the times that are shown; that of the preset if there is none.

    Raises ``ConfigError`` for a preset that does not exist, or what is no language or time zone.
    """
    tables = TABLE.split(starting_text(preset))
    text = "".join(table for table in tables if not (_is_of_made_up_pages(table) or _is_in_others(table, locales)))
    text = OF_MADE_UP_COMPANY.sub("", text)
    if locales:
        text = OF_OTHER_LANGUAGES.sub("", text)
    values = {
        "name": names.company,
        "public_url": f"https://{names.domain}",
        "support_email": f"support@{names.mail_domain}",
        **({"time_zone": time_zone} if time_zone else {}),
        **({"locales": list(locales), "default_locale": locales[0]} if locales else {}),
    }
    for key, value in values.items():
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        text = re.sub(rf"(?m)^{key} = .*$", lambda _, line=line: line, text, count=1)  # type: ignore[misc]
    text = _without_empty_tables(text)
    parse(text, "acct.toml")
    return text


def _is_of_made_up_pages(table: str) -> bool:
    found = HEADER.search(table)
    return found is not None and found[1].startswith(OF_MADE_UP_PAGES)


def _is_in_others(table: str, locales: Sequence[str]) -> bool:
    """Whether a table holds words in a language that is not offered: ``[labels.it]``, ``[vocabulary.es]``."""
    found = HEADER.search(table)
    kind, _, locale = found[1].partition(".") if found else ("", "", "")
    return bool(locales) and kind in OF_A_LANGUAGE and locale not in locales


def _without_empty_tables(text: str) -> str:
    kept = [table for table in TABLE.split(text) if not re.fullmatch(r"\s*\[[^\]]+\]\s*", table)]
    return "".join(kept).rstrip() + "\n"
