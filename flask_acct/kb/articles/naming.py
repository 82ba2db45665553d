"""Checks that the articles name what a configuration lets people choose, tick and fill in.

A permission, a category of mails, a field or a choice that a host adds appears on pages by itself. An article that
explains such a page lists them in a loop; if one does not, its readers miss what the page shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...declare.fields import Choice, Field, Ticks
from ...platform import Platform
from .content import KbError

if TYPE_CHECKING:
    from .knowledge_base import KnowledgeBase

OWN = "fields."
"""The prefix of the ids of a host's fields."""


def unnamed(centre: KnowledgeBase, locale: str) -> Iterator[KbError]:
    """Yield options and own fields that no article about their page names.

    Pages without an article are skipped, and so are choices with one option.
    """
    for elements, explainers in _to_name(centre, locale):
        named = {step.element for id_ in explainers for step in centre.article(id_, locale).steps}
        missing = [element for element in elements if element not in named]
        # A page may declare a choice that this configuration has no use for; then no article mentions it.
        is_spoken_of = len(missing) < len(elements) or any(_is_added(element, centre) for element in missing)
        if missing and is_spoken_of:
            source = centre.content.source(explainers[0], locale)
            slots = ", ".join(f'{{{{ ui("{element}") }}}}' for element in missing[:3])
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            what = f"does not name {', '.join(missing[:3])}{more}, which its page offers. Write {slots}, in a loop"
            yield KbError(what, file=source.file)


def _is_added(element: str, centre: KnowledgeBase) -> bool:
    """Whether the host added it: a field, a permission, a category of mails."""
    config = centre.platform.config
    name = element.rpartition(".")[2]
    return (
        element.startswith(OWN)
        or (element.startswith("users.permission.") and name in config.users.permissions)
        or (element.startswith("contacts.categories.") and name in config.contacts.extra)
    )


def _to_name(centre: KnowledgeBase, locale: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield elements that belong together, and the articles that may name them."""
    content, articles = centre.content, centre.ids_in(locale)
    for elements, screens in _offered(centre.platform).items():
        known = [id_ for id_ in content.names if screens & set(content.first(id_).facts.screens)]
        explainers = tuple(id_ for id_ in known if id_ in articles)
        # Whoever hides the article that names them has decided that nothing is said of them.
        hidden = [id_ for id_ in known if content.first(id_).facts.hidden or not content.has(id_, locale)]
        if explainers and not hidden:
            yield elements, explainers


def _offered(platform: Platform) -> dict[tuple[str, ...], set[str]]:
    """Return what pages offer to choose from, tick or fill in, and their screens: several may offer the same."""
    found: dict[tuple[str, ...], set[str]] = {}
    for screen in platform.declared.screens.values():
        for field in (text for text in screen.texts() if isinstance(text, Field)):
            own = (field.id,) if field.id.startswith(OWN) else ()
            offered = field.options if isinstance(field, Choice | Ticks) else ()
            options = tuple(option.id for option in offered) if own or len(offered) > 1 else ()
            if own or options:
                found.setdefault((*own, *options), set()).add(screen.name)
    return found
