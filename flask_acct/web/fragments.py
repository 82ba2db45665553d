"""Parts of a page that are the same for everybody, rendered once for each language.

Only shipped templates are cached. A host's own version may depend on the visitor, so it is rendered every time.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from flask import current_app, request
from markupsafe import Markup

from .state import state

TEMPLATES = Path(__file__).parent.parent / "templates"

MOST = 5000
"""Most cached parts of one app. There are fewer unless a proxy invents mount points."""


def fragment(template: str, key: object, uses: Iterable[str] = (), **values: Any) -> Markup | None:
    """Return the template as rendered with these values the first time.

    ``None`` if a host has its own version of it, or of one it ``uses``, and while templates are being edited:
    then the caller includes the template.

    Args:
        key: Everything the result depends on besides the address the app is mounted at.
    """
    environment = current_app.jinja_env
    if environment.auto_reload:
        return None
    cache = state().cache
    at = ("piece", template, key, request.script_root)
    if at not in cache and len(cache) < MOST:
        ours = all(_is_shipped(name) for name in (template, *uses))
        cache[at] = Markup(environment.get_template(template).render(values)) if ours else None  # noqa: S704
    return cast("Markup | None", cache.get(at))


def _is_shipped(template: str) -> bool:
    filename = current_app.jinja_env.get_template(template).filename
    return filename is not None and Path(filename).is_relative_to(TEMPLATES)
