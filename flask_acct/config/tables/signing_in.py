"""The tables of acct.toml about signing up, signing in, recovery of passwords and user names, and sessions."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from ..problems import InvalidValue, did_you_mean
from ..values import AddressOrPath, EachOnce, Line, LocaleName, MailDomain, Sentence, Whole, YesNo
from .table import SettingsTable

Identifier = Literal["username", "customer_number", "email"]


class SignUp(SettingsTable):
    enabled: YesNo = False
    """Whether there is a page for strangers who want to become users. It takes the place of ``site.signup_url``."""
    mode: Literal["open", "invitation", "closed"] = "open"
    """"open": whoever reads mail at an address may sign up with it. "invitation": the page says that users come by
    invitation, see [users]. "closed": it says that nobody can sign up now. Links mailed before open nothing then."""
    account: Literal["trial", "none"] = "trial"
    """What comes with a new user: "trial", an account of their own that ends after site.trial_days; or "none"."""
    link_hours: Whole = Field(default=24, ge=1, le=7 * 24)
    """How long the link works that is mailed to prove the address."""
    domains: Annotated[tuple[MailDomain, ...], EachOnce] = ()
    """Only addresses at these domains may sign up: ["example.com"], not those at a subdomain. Empty means any."""
    terms: AddressOrPath | None = None
    """The terms that whoever signs up must accept. Without it those of site.terms_url, if there are any."""

    @property
    def is_open(self) -> bool:
        """Whether strangers may sign up now."""
        return self.enabled and self.mode == "open"

    def takes(self, email_key: str) -> bool:
        """Whether the owner of this address, given in its canonical form, may sign up."""
        return not self.domains or email_key.rpartition("@")[2] in self.domains


class Login(SettingsTable):
    identifiers: Annotated[tuple[Line, ...], EachOnce] = Field(default=("email",), min_length=1)
    """What a user may sign in with: "username", "customer_number", "email"; and names of your own, which your app finds
    by @acct.identifier("phone") or which are fields of users that only you change, [fields.user.phone]."""
    label: dict[LocaleName, Sentence] = {}
    """What the field is called where one of them is your own: { en = "Email address or phone number" }."""

    @model_validator(mode="after")
    def _own_ones_have_a_label(self) -> Login:
        shipped = get_args(Identifier)
        for number, name in enumerate(self.identifiers):
            if name in shipped:
                continue
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name) or name == "domain" or not self.label:
                near = did_you_mean(name, shipped)
                fix = f'{near} For one of your own, say what the field is called: label = {{ en = "Email or phone" }}.'
                raise InvalidValue(f'identifiers[{number}] cannot be "{name}"', fix)
        if not self.shipped:
            fix = f"Add one of: {', '.join(shipped)}. Invitations and forgotten passwords need it."
            raise InvalidValue("identifiers names none of ours, and not everybody has one of yours", fix)
        if self.label and not self.hosts:
            fix = 'To change its words, write [labels.en] "login.form.identifier" = "…".'
            raise InvalidValue("has a label, which is for identifiers of your own", fix)
        return self

    @property
    def shipped(self) -> tuple[str, ...]:
        """The shipped ones of ``identifiers``."""
        return tuple(name for name in self.identifiers if name in get_args(Identifier))

    @property
    def hosts(self) -> tuple[str, ...]:
        """Those of ``identifiers`` that the host adds."""
        return tuple(name for name in self.identifiers if name not in get_args(Identifier))

    @property
    def has_usernames(self) -> bool:
        """Whether people can sign in with a user name, so that they need to know theirs."""
        return "username" in self.identifiers

    @property
    def is_for_owners_only(self) -> bool:
        """Whether only owners of accounts can sign in, because a customer number identifies nobody else."""
        return self.identifiers == ("customer_number",)


class PasswordRecovery(SettingsTable):
    enabled: YesNo = True
    identify: Annotated[tuple[Identifier, ...], EachOnce] = ()
    """What is asked, all of it: the mail leaves when all of them name the same user."""
    choose: Annotated[tuple[Identifier | Literal["domain"], ...], EachOnce] = ()
    """What the visitor may choose one of. Either this or ``identify``."""
    confirm: YesNo = False
    """Send a first mail that only asks to confirm the request."""
    deliver: Literal["link", "temporary_password"] = "link"
    """What the mail brings: a link to set a new password, or a temporary password that opens only that page."""
    link_minutes: Whole = Field(default=60, ge=5, le=24 * 60)
    temporary_password_minutes: Whole = Field(default=60, ge=5, le=24 * 60)
    sign_in: YesNo = False
    """Sign in whoever sets a password by a mailed link, with the same press. Then whoever reads their mail once is in;
    without it they also type the new password once, which shows that they know it."""

    @model_validator(mode="after")
    def _one_way_to_be_found(self) -> PasswordRecovery:
        if bool(self.identify) == bool(self.choose):
            raise InvalidValue(
                "needs exactly one of identify and choose",
                'Write identify = ["email"] to ask for all it lists, or choose = ["email", "domain"] to let the '
                "visitor pick.",
            )
        return self


class UsernameRecovery(SettingsTable):
    enabled: YesNo = True
    """A page that mails the list of user names of an address."""


class RequestPage(SettingsTable):
    enabled: YesNo = True
    """A page for people who know neither user name nor address: stored, and mailed to site.support_email."""


class Recovery(SettingsTable):
    password: PasswordRecovery = PasswordRecovery(identify=("email",))
    username: UsernameRecovery = UsernameRecovery()
    request: RequestPage = RequestPage()

    def brings_number_back(self, login: Login) -> bool:
        """Whether a request for a new password also brings back a forgotten customer number to sign in with."""
        fields = set(self.password.identify or self.password.choose) - {"customer_number"}
        is_choice = bool(self.password.choose) or "customer_number" not in self.password.identify
        return self.password.enabled and "customer_number" in login.identifiers and bool(fields) and is_choice


class Password(SettingsTable):
    min_length: Whole = Field(default=15, ge=8, le=64)
    """Characters. NIST SP 800-63B asks for 15 where the password is the only factor."""
    max_age_days: Whole = Field(default=0, ge=0, le=3650)
    """Days until a password must be changed; 0 means never."""


class Session(SettingsTable):
    idle_minutes: Whole = Field(default=30, ge=2, le=24 * 60)
    absolute_hours: Whole = Field(default=24, ge=1, le=24 * 30)
    warn_seconds: Whole = Field(default=120, ge=20, le=3600)
    """How long before the idle end the page warns."""
    reauthenticate_minutes: Whole = Field(default=10, ge=1, le=24 * 60)
    """How long a password counts as just given, where a screen asks for it again: to let somebody into an account."""
    most_per_user: Whole = Field(default=20, ge=1, le=1000)
    """Sessions one user may have at the same time; signing in once more ends the one that was used longest ago."""

    @model_validator(mode="after")
    def _warning_before_the_end(self) -> Session:
        if self.warn_seconds >= self.idle_minutes * 60:
            raise InvalidValue(
                f"warn_seconds = {self.warn_seconds} is not shorter than idle_minutes = {self.idle_minutes}",
                f"Write at most warn_seconds = {self.idle_minutes * 60 - 30}.",
            )
        return self
