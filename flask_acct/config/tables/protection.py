"""The tables of acct.toml about security: what pages may load, and how often somebody may try something."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from .. import csp as policies
from ..csp import Directive
from ..problems import InvalidValue
from ..values import EachOnce, LimitStorage, Source, Whole
from .table import SettingsTable


class Security(SettingsTable):
    csp: dict[Directive, Annotated[tuple[Source, ...], EachOnce]] = {}
    """Sources that the Content-Security-Policy of our pages lets in besides their own site, by directive:
    csp = { img-src = ["https://cdn.example.com", "data:"] }. Nothing inline, unless its hash is named."""

    @model_validator(mode="after")
    def _sources_of_their_kind(self) -> Security:
        for directive, sources in self.csp.items():
            for source in sources:
                if not policies.fits(directive, source):
                    fix = f"It is for {' and '.join(policies.HARMLESS_SCHEMES[source])}."
                    raise InvalidValue(f'csp.{directive} cannot have "{source}"', fix)
        return self


class Limits(SettingsTable):
    storage: LimitStorage = "database"
    """Where tries are counted that are not part of a change: "database", or the address of a Redis or Valkey,
    "redis://10.0.0.5:6379/0", which needs the extra flask_acct[redis]. ACCT_LIMITS_STORAGE takes its place, and may
    hold a password. While it does not answer, the database counts."""
    sign_in_failures: Whole = Field(default=10, ge=3, le=100)
    """Failures in a row for one identifier from one network before each further try has to wait: 30 seconds at first,
    twice as long every time, a day at most. Shared among the ways to sign in where login.identifiers names several."""
    sign_in_failures_anywhere: Whole = Field(default=100, ge=10, le=1000)
    """The same for one identifier from all networks together; only a month without any, a new password, or a browser
    that signed the user in before gets past it. NIST SP 800-63B allows 100."""
    sign_ins_per_address_per_hour: Whole = Field(default=100, ge=10, le=100_000)
    """Sign-ins an hour, right or wrong, from one network address; twice as many from an IPv6 /56, four times as many
    from a /48. A browser that signed the user in before is not counted here."""
    known_browser_days: Whole = Field(default=180, ge=0, le=400)
    """Days that a browser is known to have signed a user in, so that failures of others make nobody wait there; 0: none
    is known. It has as many failures of its own as sign_in_failures allows."""
    known_browser_sign_ins_per_hour: Whole = Field(default=30, ge=5, le=100_000)
    """Sign-ins an hour, right or wrong, of one user in browsers that are known."""
    hashes_at_once: Whole = Field(default=2, ge=1, le=64)
    """Passwords that one process hashes at the same time, each in 19 MiB; as many more wait a moment, and whoever comes
    then is asked to try again."""
    recoveries_per_day: Whole = Field(default=5, ge=1, le=100)
    """Recovery mails a day for one user that one network may ask for, and mails about signing up to one address; then
    one an hour."""
    recoveries_per_day_anywhere: Whole = Field(default=20, ge=1, le=1000)
    """The same from all networks together."""
    requests_per_address: Whole = Field(default=30, ge=5, le=100_000)
    """Anonymous requests an hour from one network address; twice as many from an IPv6 /56, four times from a /48."""
    requests_per_hour: Whole = Field(default=3000, ge=10, le=10_000_000)
    """The same from everywhere. A browser that signed somebody in before has ten an hour of its own past these."""
    support_requests_per_address: Whole = Field(default=10, ge=1, le=100_000)
    """The same of those that are mailed to site.support_email."""
    support_requests_per_hour: Whole = Field(default=60, ge=1, le=100_000)
    """The same from everywhere."""
    dead_links_per_address_per_hour: Whole = Field(default=60, ge=5, le=100_000)
    """Links with a made-up secret an hour that one network address may open."""
    email_changes_per_day: Whole = Field(default=5, ge=1, le=100)
    """How often a day one user may ask for another email address."""
    invitations_per_hour: Whole = Field(default=30, ge=1, le=10_000)
    """Invitations an hour that the owner of one account may send, the same one again included."""
    imports_per_hour: Whole = Field(default=30, ge=1, le=10_000)
    """Files of contacts an hour that may be sent for one account, and by one user."""
