"""Choosing a language."""

from __future__ import annotations

from ...db.database import begin_writing
from ...web.page import Page, View
from ...web.replies import Home, Reply, Speak


def choose_language(page: Page) -> Reply:
    """The visitor's language is the chosen one, on the page they were on."""
    chosen = page.visitor.sent("locale") or ""
    if chosen not in page.config.site.locales:
        return Home()
    if page.here is None:
        return Home().with_effects(Speak(chosen))
    begin_writing(page.db)
    return Home().with_effects(Speak(chosen, page.here.user))


PAGES = {"shell.language": View(post=choose_language)}
