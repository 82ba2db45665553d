"""The tables of acct.toml about the help centre and the tests of its articles."""

from __future__ import annotations

from ..values import AddressOrPath, Cookie, Line, Locales, Origin, Sentence, Topics, YesNo
from .table import SettingsTable


class Verify(SettingsTable):
    cookies: tuple[Cookie, ...] = ()
    """Cookies that 'flask acct kb verify' sets before each journey, ["consent=no"], so that no banner asks for them."""


class Help(SettingsTable):
    enabled: YesNo = True
    url: AddressOrPath | None = None
    """Where the help site is; without it, the app serves it under /help."""
    locales: Locales = ()
    """Languages of the help site; empty means all of site.locales."""
    votes: YesNo = True
    """Whether readers may say if a page helped and what was missing, and searches that found nothing are counted.

    A help site elsewhere must let browsers say where its forms come from: no Referrer-Policy of no-referrer or
    same-origin.
    """
    articles: Line = ""
    """A folder of your own articles, <language>/<name>.md, counted from this file: added to ours or in their place."""
    categories: Topics = {}
    """Your own categories and their words by language: shop = { en = "Shop", es = "Tienda" }."""
    tags: Topics = {}
    """Your own tags and their words by language, written as categories are."""
    video_origins: tuple[Origin, ...] = ()
    """Other web sites whose videos your articles may show: ["https://video.example.com"]."""
    fixtures: dict[Line, Sentence] = {}
    """What 'flask acct kb verify' types into a field of your own, by the field's id."""
    verify: Verify = Verify()
    most_asked: tuple[Line, ...] = (
        "recover-password",
        "sign-in",
        "change-password",
        "never-received-access-data",
        "ask-for-help",
    )
    """The articles your customers need most: lists begin with them. 'flask acct kb report' tells which."""
