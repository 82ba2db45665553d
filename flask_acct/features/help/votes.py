"""What the help site sends to the app: votes and searches that found nothing. And the page that thanks.

The site may be static files anywhere, so its forms carry no token and no cookie. What they do is harmless and
counts once for each reader; still it must come from a page of ours, which the browser says.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import assert_never, cast

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, request

from ...security.limits import TooMany
from ...web import addresses, clients, forms, html
from ...web.addresses import origin
from ...web.dispatch import page_of
from ...web.headers import HEADERS
from ...web.page import Page
from ...web.state import answering, state
from . import flows
from .pages import ANSWERS, about_of, thanks_for

CACHE_SECONDS = 300
ASKED = ("article", "locale", "answer", "version")


def vote_pages(name: str = "acct_votes") -> Blueprint:
    """Return the blueprint that the help site's pages send to, under /help, wherever they are themselves."""
    blueprint = Blueprint(name, __name__, url_prefix="/help")
    blueprint.before_request(_only_where_wanted)
    blueprint.before_request(forms.limit_body)
    blueprint.add_url_rule("/vote", "vote", _vote, methods=["POST"])
    blueprint.add_url_rule("/searched", "searched", _searched, methods=["POST"])
    blueprint.add_url_rule("/counts.json", "counts", _counts)
    blueprint.add_url_rule("/thanks", "thanks", _thanks)
    blueprint.after_request(_guard)
    return blueprint


def _only_where_wanted() -> None:
    if not state().platform.config.help.votes:
        abort(404)


def _vote() -> Response:
    page = _page()
    if not _is_from_us():
        return _not_counted(page, "elsewhere")
    about = about_of(_sent, page)
    answer = _sent("answer")
    if about is None or answer not in ANSWERS:
        return _not_counted(page, "unknown")
    with answering() as db:
        outcome = flows.vote(
            replace(page.scope, db=db),
            about,
            is_helpful=ANSWERS[answer],
            reader=flows.reader(page.visitor.network, page.visitor.user_agent, about, page.scope.keys),
            network=page.visitor.network,
        )
    match outcome:
        case TooMany(wait):
            return _not_counted(page, "too_many", wait)
        case flows.VoteTotals() as counted:
            return (
                jsonify(_totals(counted)) if clients.wants_json() else html.see_other(thanks_for(page, about, answer))
            )
        case _:
            assert_never(outcome)


def _searched() -> Response:
    page = _page()
    if not _is_from_us():
        return _not_counted(page, "elsewhere")
    locale = flows.locale_of(_sent("locale"), page.config)
    if locale is None:
        return _not_counted(page, "unknown")
    with answering() as db:
        outcome = flows.search_failed(replace(page.scope, db=db), _sent("q"), locale, network=page.visitor.network)
    match outcome:
        case TooMany(wait):
            return _not_counted(page, "too_many", wait)
        case flows.NotASearch():
            return make_response(jsonify(error="unfit"), 400)
        case flows.Stored() | flows.Dropped():
            return make_response("", 204)
        case _:
            assert_never(outcome)


def _thanks() -> Response:
    """Redirect to the page that thanks. The site's files cannot know the path of the app's own pages."""
    query = {name: value for name, value in request.args.items() if name in ASKED}
    return cast(Response, redirect(addresses.screen_url("help.thanks", {}, **query), 303))


def _counts() -> Response:
    """Return the votes on the pages of one language that have enough: ``{"recover-password": {"3f2a9c17": [12, 14]}}``.

    The first number is of those who found the page helpful, the second of all.
    """
    page = _page()
    locale = flows.locale_of(request.args.get("locale", ""), page.config)
    if locale is None:
        return make_response(jsonify(error="unknown"), 404)
    found = flows.counts(page.db, locale, state().help_versions(locale))
    totals: dict[str, dict[str, list[int]]] = {}
    for about, counted in found.items():
        if not counted.is_public:
            continue
        totals.setdefault(about.article, {})[about.version] = [counted.helpful, counted.of]
    response = jsonify(totals)
    response.cache_control.public = True
    response.cache_control.max_age = CACHE_SECONDS
    response.add_etag()
    return cast(Response, response.make_conditional(request))


def _totals(counted: flows.VoteTotals) -> dict[str, int]:
    """Return what a reader's script gets of a count: nothing of one that readers do not see."""
    return {"helpful": counted.helpful, "of": counted.of} if counted.is_public else {}


def _page() -> Page:
    return page_of(state().platform.declared.screens["help.thanks"])


def _sent(name: str) -> str:
    """Return a field of this request's form; empty unless it was sent exactly once."""
    values = request.form.getlist(name)
    return values[0] if len(values) == 1 else ""


def _not_counted(page: Page, message: str, wait: timedelta | None = None) -> Response:
    """Return why nothing was counted: a page for a person, JSON for a script."""
    if not clients.wants_json():
        page.brought["is_over"] = True
        return html.show_message(page, message, {"wait": wait})
    response = make_response(jsonify(error=message), page.screen.message(message).status)
    if wait is not None:
        response.headers["Retry-After"] = str(ceil(wait.total_seconds()))
    return response


def _is_from_us() -> bool:
    """Whether a page of this app, of one of its platforms or of the help site sent this request.

    Source: OWASP CSRF Prevention Cheat Sheet, "Verifying Origin With Standard Headers".
    """
    sender = origin(request.headers.get("Origin") or request.headers.get("Referer"))
    return sender is not None and sender in {*addresses.own_origins(), origin(state().platform.config.help.url)}


def _guard(response: Response) -> Response:
    """Set the headers of our pages; a help site elsewhere may read the answers, nobody else."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if state().is_https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    site = origin(state().platform.config.help.url)
    if site is None or site in addresses.own_origins():
        return response
    response.vary.add("Origin")
    if origin(request.headers.get("Origin")) == site:
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
    return response
