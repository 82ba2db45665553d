"""The site, its look, and the platforms that share one configuration."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from ..problems import InvalidValue
from ..values import (
    AddressOrPath,
    Colour,
    Email,
    Favicon,
    Font,
    FontFile,
    Line,
    LocaleName,
    Locales,
    Logo,
    MailLogo,
    PublicUrl,
    Radius,
    Stylesheet,
    TimeZone,
    Whole,
    Wording,
)
from .table import SettingsTable


class Site(SettingsTable):
    name: Line = Field(default="Example Hosting", min_length=1, max_length=60)
    """The company's or product's name, shown on every page and in every mail."""
    tagline: Line = Field(default="", max_length=120)
    """One line under the name; in other languages, by [labels.en] "shell.header.tagline"."""
    public_url: PublicUrl = "http://127.0.0.1:5000"
    """Where visitors reach the app. Links in mails begin with it; https outside loopback."""
    locales: Locales = Field(default=("en", "es", "it"), min_length=1)
    """The languages offered, in menu order."""
    default_locale: LocaleName = Field(default_factory=lambda site: str(site["locales"][0]))
    """The language of a visitor whose browser asks for none of them; the first, unless another is named."""
    translations: Line = ""
    """A folder of your own translations, <language>/LC_MESSAGES/flask_acct.po, counted from this file: of languages
    that we do not have, or other words in those we have. "flask acct translate --init nl" begins one."""
    time_zone: TimeZone = "UTC"
    """Where times are shown when the user has not chosen a time zone."""
    home: AddressOrPath = "/"
    """Where a user goes after signing in."""
    support_url: AddressOrPath | None = None
    """Where people get help from a person. Without it, the request page of [recovery.request] is used."""
    support_email: Email = "support@example.com"
    """Who answers people; also the sender of mails unless MAIL_DEFAULT_SENDER is set."""
    signup_url: AddressOrPath | None = None
    """Where a stranger becomes a customer: the "Try" entrance and the line under the sign-in form. Where [signup] is
    enabled, they lead to its page instead."""
    trial_days: Whole = Field(default=0, ge=0, le=3650)
    """For how many days a trial is free; it is said where a trial is offered, and those of [signup] last so long.
    0 says nothing, and sets no end."""
    purchase_url: AddressOrPath | None = None
    """Where a trial account buys: the cart icon."""
    renew_url: AddressOrPath | None = None
    """Where an account past its expiry renews."""
    terms_url: AddressOrPath | None = None
    """Linked in the footer."""

    def day_of(self, moment: datetime) -> date:
        """Return which day it is at a moment in the site's time zone: last days of plans are days there."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def nearest_locale(self, *wishes: str | None) -> str:
        """Return the first of the wishes that is offered, with or without its country; else the default language."""
        for wish in filter(None, wishes):
            for name in (wish, wish.partition("_")[0]):
                if name in self.locales:
                    return name
        return self.default_locale

    @model_validator(mode="after")
    def _default_locale_is_offered(self) -> Site:
        if self.default_locale not in self.locales:
            raise InvalidValue(
                f'default_locale = "{self.default_locale}" is not one of its locales',
                f'Add "{self.default_locale}" to locales, or choose one of: {", ".join(self.locales)}.',
            )
        return self


class Brand(SettingsTable):
    logo: Logo | None = None
    """The path of an image on this site, at least 64 px high; without it the name is set in type."""
    logo_dark: Logo | None = None
    """The same for a dark page; without it, the logo stands on a white plate there. Where the one file suits both,
    name it twice."""
    logo_mail: MailLogo | None = None
    """The path of a PNG, JPEG or GIF on this site for the head of mails, twice as large as it is shown: 80 px high.
    Without it the name is set in type."""
    favicon: Favicon | None = None
    """The path of a square image on this site, for tabs and bookmarks; without it, the name's first letter."""
    stylesheet: Stylesheet | None = None
    """The path of a stylesheet of your own on this site, "/static/brand.css": it comes after ours on every page in our
    layout, and sets our variables, --acct-*, or whatever it likes."""
    accent: Colour = "#2457c5"
    """The colour of buttons, as it is, with white or dark text on it. The variants for links and outlines on light and
    dark are computed."""
    font: Font | None = None
    """Names of fonts that visitors' systems may have, the best first: "Avenir Next, Segoe UI, sans-serif"."""
    font_file: FontFile | None = None
    """The path of a font on this site, "/static/brand.woff2", before those of font: a variable one, or the regular of
    two."""
    font_bold_file: FontFile | None = None
    """The path of its bold, if font_file is not a variable font."""
    radius: Radius | None = None
    """How round buttons and fields are, "0" to "32px"; cards follow. Without it, 10px."""
    footer: Line = Field(default="", max_length=300)
    """One line at the foot of every page and mail; in other languages, by [labels.en] "shell.footer.line"."""

    @model_validator(mode="after")
    def _other_files_have_a_first(self) -> Brand:
        for first, other in (("logo", "logo_dark"), ("font_file", "font_bold_file")):
            if getattr(self, other) and not getattr(self, first):
                raise InvalidValue(f"has {other} without {first}", f"Set {first}, too.")
        return self


class PlatformSettings(SettingsTable):
    name: Line = Field(min_length=1, max_length=60)
    """Shown in place of the site's."""
    url: PublicUrl | None = None
    """Where visitors reach it, in place of site.public_url."""
    labels: Wording = {}
    """Its own words, by language and element id."""
