"""Parts of a page that are the same for everybody, rendered once for each language; or for one user, page after page.

Only shipped templates are cached. A host's own version may depend on the visitor, so it is rendered every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from flask import current_app
from markupsafe import Markup

from .state import state

Made = TypeVar("Made")

TEMPLATES = Path(__file__).parent.parent / "templates"

MOST = 5000
"""Most cached parts of one app. There are fewer unless a proxy invents mount points."""


def fragment(template: str, root: str, key: object, uses: Iterable[str] = (), **values: Any) -> Markup | None:
    """Return the template as rendered with these values the first time.

    ``None`` if a host has its own version of it, or of one it ``uses``, and while templates are being edited:
    then the caller includes the template.

    Args:
        root: Where our pages are, as ``addresses.root`` says: links lead there.
        key: Everything else the result depends on.
    """
    cache = state().cache
    at = ("piece", template, key, root)
    if at not in cache and len(cache) < MOST:
        cache[at] = _rendered(template, uses, values)
    return cast("Markup | None", cache.get(at))


MOST_OF_USERS = 500
"""Most cached parts that belong to single users. When there are more, all are forgotten."""


def fragment_of_user(template: str, root: str, key: object, uses: Iterable[str] = (), **values: Any) -> Markup | None:
    """The same of a part that one user sees on page after page.

    Args:
        key: Everything the result shows of the user and of what they may do.
    """
    return remembered_of_user((template, key, root), make=lambda: _rendered(template, uses, values))


def remembered_of_user(key: object, *, make: Callable[[], Made]) -> Made:
    """Return what was made the first time for users of whom the key says the same."""
    cache = state().user_cache
    # Asked once: another request may clear it at any moment.
    found = cache.get(key, _MISSING)
    if found is _MISSING:
        found = make()
        if len(cache) >= MOST_OF_USERS:
            cache.clear()
        cache[key] = found
    return cast("Made", found)


_MISSING = object()


def once(root: str, *key: str, make: Callable[[], Made]) -> Made:
    """Return what is the same at every request below this mount point, made when it is first asked for."""
    cache, at = state().cache, (*key, root)
    found: Made = cache[at] if at in cache else make()
    # A proxy that invents mount points must not fill the memory.
    if len(cache) < MOST:
        cache[at] = found
    return found


def _rendered(template: str, uses: Iterable[str], values: Mapping[str, Any]) -> Markup | None:
    environment = current_app.jinja_env
    if environment.auto_reload or not all(_is_shipped(name) for name in (template, *uses)):
        return None
    return Markup(environment.get_template(template).render(values))  # noqa: S704


def _is_shipped(template: str) -> bool:
    filename = current_app.jinja_env.get_template(template).filename
    return filename is not None and Path(filename).is_relative_to(TEMPLATES)
