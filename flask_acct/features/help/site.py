"""The built help site, served under /help: its pages, its choice of language, and its caching."""

from __future__ import annotations

import os.path
import re
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, g, make_response, redirect, request, send_file
from werkzeug.security import safe_join

from ...declare.labels import language_tag
from ...web import addresses, headers, html
from ...web.dispatch import page_of
from ...web.language import locale
from ...web.state import state
from . import builds

TRIES = 5
"""How often a page is looked up again because another build has replaced its own meanwhile."""

NAMED_BY_CONTENT = re.compile(r"\.[0-9a-f]{8}(\.min)?\.(js|css)$|/pictures/[0-9a-f]{16,}(-dark)?\.(png|webp)$")
HIDDEN = re.compile(r"(?:^|/)\.(?!well-known(?:/|$))")
"""A path to something that is no page: the marks of a build, or a .git beside the pages."""

FOR_GOOD = 365 * 24 * 3600


def help_site(folder: Path, name: str = "acct_help") -> Blueprint:
    """Return the blueprint of the site in a folder, as ``flask acct kb build`` writes it, under /help."""
    site = folder.resolve()
    blueprint = Blueprint(name, __name__, url_prefix="/help")
    blueprint.add_url_rule("/", "choice", partial(_choose_language, site))
    blueprint.add_url_rule("/<path:path>", "page", partial(_serve, site))
    blueprint.after_request(partial(_protect, site))
    return blueprint


def _choose_language(site: Path) -> Response:
    """Redirect to the site in the reader's language: their setting, the cookie, then what the browser prefers."""
    if builds.standing(site) is None:
        return _unbuilt()
    response = make_response(redirect(_address(_tag()), 302))
    response.vary.update(("Cookie", "Accept-Language"))
    response.headers["Cache-Control"] = "no-cache"
    return response


def _serve(site: Path, path: str) -> Response:
    """Return a page under the policy of its own build, also while another build replaces it."""
    for _ in range(TRIES):
        build = builds.standing(site)
        if build is None:
            return _unbuilt()
        try:
            response, g.acct_help_policy = _answer(site, path), _policy(site, build)
        except OSError:
            continue
        if builds.standing(site) == build:
            return response
        response.close()
    return _unbuilt()


def _answer(site: Path, path: str) -> Response:
    if HIDDEN.search(path):
        return _not_found(site, path)
    if _is_folder(site, path) and not path.endswith("/"):
        return make_response(redirect(_address(quote(path)), 308))
    file = _file(site, f"{path}index.html" if path.endswith("/") else path)
    if file is None or file.name == builds.POLICY_FILE:
        return _not_found(site, path)
    keep = FOR_GOOD if NAMED_BY_CONTENT.search(f"/{path}") else 0
    kind = "text/markdown" if file.suffix == ".md" else None
    response = send_file(file, mimetype=kind, conditional=True, etag=True, max_age=keep)
    response.cache_control.public = True
    if keep:
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True
    return response


def _address(folder: str) -> str:
    """Return the address of a folder of the site, with this request's query."""
    query = request.query_string.decode("latin-1")
    return f"{request.script_root}/help/{folder}/" + (f"?{query}" if query else "")


def _file(site: Path, path: str) -> Path | None:
    """Return the file of the site with this name; ``None`` if there is none, or the name is invalid."""
    found = safe_join(str(site), path)
    # Unlike the method of Path, this accepts a name that no file can have.
    return Path(found) if found and os.path.isfile(found) else None  # noqa: PTH113


def _is_folder(site: Path, path: str) -> bool:
    found = safe_join(str(site), path)
    return found is not None and os.path.isdir(found)  # noqa: PTH112


def _not_found(site: Path, path: str) -> Response:
    """Return a 404 in the language of the address, else in the reader's."""
    first_part = path.partition("/")[0]
    of_address = _file(site, f"{first_part}/404.html") if first_part not in {"", "."} else None
    page = of_address or _file(site, f"{_tag()}/404.html")
    response = make_response(page.read_bytes() if page else b"", 404)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _unbuilt() -> Response:
    return html.show_message(page_of(state().platform.declared.screens["help.unbuilt"]), None, {})


def _tag() -> str:
    return language_tag(addresses.help_locale(locale()))


def _protect(site: Path, response: Response) -> Response:
    """Set the site's own policy: its theme has inline scripts, which are listed by their hashes."""
    response.headers.setdefault("Content-Security-Policy", g.get("acct_help_policy") or _policy_now(site))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if state().is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _policy_now(site: Path) -> str:
    build = builds.standing(site)
    try:
        return _policy(site, build) if build else headers.policy()
    except OSError:
        return headers.policy()


@lru_cache(maxsize=8)
def _policy(site: Path, _build: builds.Build) -> str:
    return builds.policy(site)
