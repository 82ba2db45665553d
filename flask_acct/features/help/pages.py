"""The page that thanks a reader for their answer, and asks what was missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never, cast
from urllib.parse import quote, urlencode

from ...declare.labels import language_tag
from ...security.limits import TooMany
from ...web.page import Handled, Page, View
from ...web.replies import Away, Open, Reply, show
from . import flows
from .flows import About

ANSWERS = {"yes": True, "no": False}


def about_of(sent: Callable[[str], str], page: Page) -> About | None:
    """Return which text of the help site the sent values mean; ``None`` if there is no such text."""
    return flows.about(
        sent("article"),
        sent("locale"),
        sent("version"),
        page.config,
        versions=page.host.help_versions,
    )


def find_text(page: Page) -> Reply | None:
    """The page knows which text its visitor has read, and the links from there."""
    about = about_of(page.visitor.query, page)
    if about is None:
        page.brought["is_over"] = True
        return show("unknown")
    tag = language_tag(about.locale)
    page.found["about"] = about
    page.brought |= {
        "back": f"{page.host.help_root}/{tag}/{about.article}/{_place_of_answer(page)}",
        "support": _support(page, about.article, tag),
    }
    return None


def _place_of_answer(page: Page) -> str:
    """Return the id on a help page that shows the reader's answer without a script; empty for no answer."""
    answer = page.visitor.query("answer")
    if answer in ("sent", "nothing"):
        # Only readers who answered no are asked what was missing.
        answer = "no"
    return f"#acct-{answer}" if answer in ANSWERS else ""


def _answered(page: Page, answer: str) -> dict[str, object]:
    """Return what the page says about the reader's answer, and the button to change it."""
    about = _read(page)
    named = {"article": about.article, "locale": language_tag(about.locale), "version": about.version}
    return {
        "answered": page.frame.say("help.site.answered", answer=page.frame.say(f"help.site.{answer}")),
        "answer": answer,
        "vote": f"{page.host.root}/help/vote",
        "named": named,
    }


def thank(page: Page) -> Reply:
    """Show what readers of the text have answered; readers who answered no are asked what is missing."""
    answer = page.visitor.query("answer")
    if answer in ANSWERS:
        page.brought |= _answered(page, answer)
    page.brought["is_over"] = answer != "no"
    if answer == "sent":
        return show("received")
    counted = flows.count(page.db, _read(page))
    if not counted.of:
        return Open()
    if not counted.is_public:
        return show("heard", least=flows.PUBLIC_FROM)
    return show("counted", helpful=counted.helpful, of=counted.of)


def keep_feedback(page: Page) -> Handled:
    about = _read(page)
    outcome = flows.report_missing(page.scope, page.values["missing"], about, network=page.visitor.network)
    match outcome:
        case TooMany():
            return outcome
        case flows.Stored():
            return Away(thanks_for(page, about, "sent"))
        case flows.Dropped():
            return Away(thanks_for(page, about, "nothing"))
        case _:
            assert_never(outcome)


def thanks_for(page: Page, about: About, answer: str) -> str:
    return page.host.url(
        "help.thanks",
        article=about.article,
        locale=language_tag(about.locale),
        answer=answer,
        version=about.version,
    )


def _read(page: Page) -> About:
    return cast(About, page.found["about"])


def _support(page: Page, article: str, tag: str) -> str:
    """Return where a person helps, with the page that did not: the configured address, else a mail."""
    url = page.host.target("site.support_url")
    if url is None:
        subject = page.frame.say("help.thanks.mail_subject", article=f"{article} ({tag})")
        return f"mailto:{page.config.site.support_email}?subject={quote(subject)}"
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'article': article, 'language': tag})}"


PAGES = {"help.thanks": View(get=thank, post=keep_feedback, load=find_text)}
