"""Mails use nothing of which it is not known what programs that lack it show instead."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flask_acct import config as configuration
from flask_acct import features
from flask_acct.config import Config
from flask_acct.mail.examples import example
from flask_acct.platform import Platform

from ..scopes import NOON
from .test_rendering import html_of, sent

SUPPORT = tomllib.loads((Path(__file__).parent / "support.toml").read_text("utf-8"))
DECLARATION = re.compile(r"([a-z-]+)\s*:")
EMPTY = frozenset({"br", "img", "meta"})


@dataclass
class Used(HTMLParser):
    """What a page uses, by the tables of ``support.toml``."""

    found: dict[str, set[str]] = field(default_factory=lambda: {table: set() for table in SUPPORT})
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    """Texts in a cell that says no font: Outlook inherits none."""
    cells: list[dict[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.found["elements"].add(tag)
        self.found["attributes"] |= {name for name, _ in attrs}
        self.found["css"] |= set(DECLARATION.findall(dict(attrs).get("style") or ""))
        if tag == "td":
            self.cells.append(dict(attrs))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "td":
            self.cells.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.found["media"] |= set(re.findall(r"@media \(([a-z-]+)", data))
            for block in re.findall(r"\{([^{}]*)\}", data):
                self.found["css"] |= set(DECLARATION.findall(block))
        elif data.strip() and self.cells and "font-family" not in (self.cells[-1].get("style") or ""):
            self.bare.append(data)


def pages() -> list[tuple[str, str]]:
    """Return every mail of every preset, and one with a logo, by a name of its own."""
    found = []
    for preset in configuration.presets():
        platform = features.platform(configuration.preset(preset).on(None))
        found += [(f"{preset} {mail}", page_of(mail, platform)) for mail in platform.declared.mails]
    whole = configuration.preset("client-area").on(None)
    return [*found, ("a logo", page_of("recovery.reset", with_logo(whole)))]


def with_logo(config: Config) -> Platform:
    brand = config.brand.model_copy(update={"logo_mail": "/static/logo.png"})
    return features.platform(config.model_copy(update={"brand": brand}))


def page_of(mail: str, platform: Platform) -> str:
    return html_of(sent(example(platform.declared.mails[mail], platform, NOON, locale="en"), platform))


@pytest.fixture(scope="module")
def used() -> dict[str, Used]:
    """What each mail uses, by its name."""
    found = {}
    for name, page in pages():
        found[name] = Used()
        found[name].feed(page)
    return found


@pytest.mark.parametrize("table", SUPPORT)
def test_mails_use_what_is_known_and_nothing_is_known_in_vain(table: str, used: dict[str, Used]) -> None:
    assert set().union(*(one.found[table] for one in used.values())) == set(SUPPORT[table])


def test_what_a_program_lacks_is_said_with_what_its_readers_see() -> None:
    entries = [entry for table in SUPPORT.values() for entry in table.values()]
    assert [entry for entry in entries if set(entry) not in ({"lacking", "without"}, set())] == []


def test_no_table_is_read_out_as_one(used: dict[str, Used]) -> None:
    tables = [attributes for one in used.values() for tag, attributes in one.tags if tag == "table"]
    assert {attributes.get("role") for attributes in tables} == {"presentation"}


def test_every_text_in_a_cell_has_a_font(used: dict[str, Used]) -> None:
    assert {name: one.bare for name, one in used.items() if one.bare} == {}


def test_every_image_has_words_in_its_place(used: dict[str, Used]) -> None:
    images = [attributes for one in used.values() for tag, attributes in one.tags if tag == "img"]
    assert [bool(attributes.get("alt")) for attributes in images] == [True]


def test_gmail_cuts_no_mail_off(used: dict[str, Used]) -> None:
    assert max(len(page.encode()) for _, page in pages()) < 102_000
    assert len(used) > 50


def test_outlook_reads_as_many_tables_opened_as_closed() -> None:
    platform = with_logo(configuration.preset("client-area").on(None))
    letter = example(platform.declared.mails["recovery.reset"], platform, NOON, locale="en")
    page = html_of(sent(letter, platform))
    assert page.count("<table") == page.count("</table>")
    assert page.count("<!--[if mso]>") == page.count("<![endif]-->") == 3
