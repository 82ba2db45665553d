"""The menu is as the theme draws it, however little of it is drawn anew for each page."""

from __future__ import annotations

import pytest
from mkdocs.config import load_config
from mkdocs.structure.files import File
from mkdocs.structure.nav import Section
from mkdocs.structure.pages import Page

from flask_acct.kb.site import building
from flask_acct.kb.site.menu import Menu


def _page(name: str) -> Page:
    config = load_config(str(building.SETTINGS), site_url="https://help.example.com/en/")
    return Page(None, File(f"{name}.md", None, "", True), config)


def test_an_item_is_drawn_once_for_all_pages_of_a_folder_and_anew_where_the_reader_is() -> None:
    drawn: list[str] = []
    one, other, deep = (_page(name) for name in ("one", "other", "topics/x"))
    menu = Menu()

    def draw(item: Page, path: str, level: int) -> str:
        drawn.append(item.url)
        return f"{level} {path} {len(drawn)}"

    assert menu.item(draw, one, "__nav_1", other, "..") == "1 __nav_1 1"
    assert menu.item(draw, one, "__nav_1", other, "..") == "1 __nav_1 1"
    assert menu.item(draw, other, "__nav_2", other, "..") == "1 __nav_2 2"
    assert menu.item(draw, one, "__nav_1", deep, "../..") == "1 __nav_1 3"
    assert menu.item(draw, one, "__nav_1", None, "/help/en/") == "1 __nav_1 4"
    one.active = True
    assert menu.item(draw, one, "__nav_1", one, "..") == "1 __nav_1 5"


@pytest.mark.parametrize("is_as_a_theme_may", [False, True])
def test_the_section_where_the_reader_is_is_as_the_theme_draws_it_on_every_page(is_as_a_theme_may: bool) -> None:
    pages = [_page(name) for name in ("one", "two", "three")]
    section = Section("Sign in", pages)
    menu = Menu()

    def draw(item: Page | Section, path: str, level: int, parent: Section | None = None) -> str:
        if isinstance(item, Page):
            shown = item.url.upper() if is_as_a_theme_may and parent is None else item.url
            return f"<li class='{item.active}'>{shown}</li>"
        above = None if is_as_a_theme_may else section
        return f"<ul class='{item.active}'>{' '.join(draw(one, path, level + 1, above) for one in pages)} </ul>"

    for page in (*pages, *pages):
        page.parent = section
        page.active = True
        assert menu.item(draw, section, "__nav_1", page, "..") == draw(section, "__nav_1", 1)
        page.active = False
