"""The tables, all named ``acct_*``, in a metadata of their own.

A host points foreign keys at the columns, ``ForeignKey(User.id)``: a string would be looked up in the host's own
metadata. Times are aware and in UTC. A column named ``*_key`` holds the canonical form of its neighbour (see
``identifiers``) and has the index; the neighbour holds what was typed.

A change here needs a migration in ``migrations/versions``. A column that is added to
a table and may not be NULL has the same ``server_default`` here and in its migration.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    DDL,
    JSON,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    false,
    literal_column,
    text,
)
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column, relationship, validates

from ..values.identifiers import folded

LOGIN_ID = "acct:"
"""The prefix of the ids that Flask-Login gets, so that no user of the host's has the same."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def length_of(column: InstrumentedAttribute[str]) -> int:
    """Return how many characters a column holds."""
    return cast(int, cast(String, column.type).length)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC ``datetime`` on every database; SQLite by itself would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime; pass an aware one, such as datetime.now(UTC)")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


STILL_PENDING: ColumnElement[str] = literal_column("'pending'")
"""For ``Transfer.state == STILL_PENDING``: said in the statement, as in the index of those rows. As a parameter, SQLite
would plan the statement anew at each execution, because the value decides whether that index may be used."""

PENDING = {"sqlite": "state = 'pending'", "postgresql": "state = 'pending'"}


WAITING = "state IN ('queued', 'leased')"
URGENT = {"sqlite": f"is_urgent = 1 AND {WAITING}", "postgresql": f"is_urgent AND {WAITING}"}
NOT_URGENT = {"sqlite": f"is_urgent = 0 AND {WAITING}", "postgresql": f"NOT is_urgent AND {WAITING}"}


def _unique_where(name: str, *columns: str, **condition: str) -> Index:
    """Return a unique index of the rows that meet a condition, which is written for each dialect."""
    return _index_where(Index(name, *columns, unique=True), condition)


def _index_where(index: Index, condition: Mapping[str, str]) -> Index:
    """Return the index, of the rows that meet a condition, which is written for each dialect.

    An option of a dialect loads the dialect, PostgreSQL's takes 20 ms: it is set when the index is made in a database.
    """

    @event.listens_for(index, "before_create")
    def say_which_rows(index: Index, connection: Connection, **_: object) -> None:
        dialect = connection.dialect.name
        index.dialect_options[dialect]["where"] = text(condition[dialect])

    return index


class BaseTable(DeclarativeBase):
    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime(),
        date: Date(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
    }


class Addressed:
    """Where somebody lives, and how to reach them: for accounts and contacts. Empty means unknown."""

    tax_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """E.164: ``+34910000000``."""
    address1: Mapped[str] = mapped_column(String(200), default="", server_default="")
    address2: Mapped[str] = mapped_column(String(200), default="", server_default="")
    city: Mapped[str] = mapped_column(String(120), default="", server_default="")
    region: Mapped[str] = mapped_column(String(120), default="", server_default="")
    postcode: Mapped[str] = mapped_column(String(20), default="", server_default="")
    country: Mapped[str] = mapped_column(String(2), default="", server_default="")
    """ISO 3166-1 alpha-2: ``ES``."""


class WithFields:
    """The host's own fields, for users, accounts and contacts."""

    fields: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(JSON()), default=dict, server_default="{}")
    """By name, see ``own_fields``: ``{"phone": "+34910000000", "newsletter": True}``. Assigning to a key is saved."""


class User(WithFields, BaseTable):
    """A person who signs in. Belongs to no account by itself: see ``Membership``."""

    __tablename__ = "acct_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64))
    username_key: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), index=True)
    sign_in_email: Mapped[str | None] = mapped_column(String(254), unique=True)
    """``email_key`` where email is a way to sign in, else NULL: the index allows each address one user there."""
    email_verified_at: Mapped[datetime | None]
    first_name: Mapped[str] = mapped_column(String(120), default="")
    last_name: Mapped[str] = mapped_column(String(120), default="")
    locale: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """Argon2id, or what another system made until its user signs in; NULL for a user who never set one."""
    password_changed_at: Mapped[datetime | None]
    expiry_warned_days: Mapped[int | None]
    """The latest reminder that the password is about to expire: sent 5 or 1 days before."""
    created_at: Mapped[datetime]
    last_signed_in_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    """When staff disabled the user: no session of theirs counts, and none begins. NULL for everybody else."""

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", cascade="all, delete-orphan")

    # What Flask-Login requires of a user.
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        """Return the id for Flask-Login, which no user of the host's has: ``acct:7``."""
        return f"{LOGIN_ID}{self.id}"

    @property
    def name(self) -> str:
        """Return how a page greets them: first name, else email address."""
        return self.first_name or self.email

    @property
    def full_name(self) -> str:
        """Return how others see them: first and last name, else email address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


class Account(WithFields, Addressed, BaseTable):
    """The customer."""

    __tablename__ = "acct_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(18), unique=True)
    """The customer number: digits without leading zeros."""
    name: Mapped[str] = mapped_column(String(200))
    sort_key: Mapped[str] = mapped_column(String(400), default="", server_default="")
    """What it is sorted and searched by: the name without accents, in lower case."""
    billing_email: Mapped[str | None] = mapped_column(String(254))
    plan: Mapped[str] = mapped_column(String(16), default="purchased")
    """``trial`` or ``purchased``."""
    plan_expires_on: Mapped[date | None]
    """The last day of the plan."""
    state: Mapped[str] = mapped_column(String(16), default="active")
    """``active``, ``suspended`` or ``closed``."""
    created_at: Mapped[datetime]

    memberships: Mapped[list[Membership]] = relationship(back_populates="account", cascade="all, delete-orphan")
    domains: Mapped[list[Domain]] = relationship(back_populates="account", cascade="all, delete-orphan")

    @validates("name")
    def _list_it_by(self, _attribute: str, name: str) -> str:
        self.sort_key = folded(name)[:400]
        return name


class Membership(BaseTable):
    """A user's place in an account: its one owner, or a set of permissions."""

    __tablename__ = "acct_membership"
    __table_args__ = (
        UniqueConstraint("user_id", "account_id"),
        _unique_where("uq_acct_membership_one_owner", "account_id", sqlite="is_owner = 1", postgresql="is_owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    is_owner: Mapped[bool] = mapped_column(default=False)
    permissions: Mapped[list[str]] = mapped_column(default=list)
    """Sample: ``["invoices", "emails"]``. An owner has them all and lists none. What each permits is defined in
    ``permissions``."""
    categories_off: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """The mail categories an owner has unsubscribed from."""
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="memberships")
    account: Mapped[Account] = relationship(back_populates="memberships")


class Domain(BaseTable):
    """A domain of an account. It belongs to one account at most."""

    __tablename__ = "acct_domain"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(254))
    """As people write it: ``panadería.example``."""
    key: Mapped[str] = mapped_column(String(254), unique=True)
    """Its A-labels: ``xn--panadera-i2a.example``."""

    account: Mapped[Account] = relationship(back_populates="domains")


class UserSession(BaseTable):
    """One session of one user. The cookie holds the secret whose digest is stored here."""

    __tablename__ = "acct_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the cookie's value, in hexadecimal."""
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id, ondelete="SET NULL"))
    """The account the user has in view; NULL if there is none."""
    purpose: Mapped[str] = mapped_column(String(16), default="full")
    """``full``; ``set_password``: may do nothing else; ``pending``: no session, see ``admission``."""
    reason: Mapped[str | None] = mapped_column(String(32))
    """Why a new password must be set: ``temporary`` or ``expired``."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]
    """When a password was last typed."""
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    opened_with: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the temporary password that opened it, in hexadecimal: it must not become the new password."""


class Token(BaseTable):
    """Proof that somebody read a mail. Its secret is derived when the mail is sent and never stored."""

    __tablename__ = "acct_token"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """128 random bits, in hexadecimal. The secret is derived from it and the application key."""
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the secret, in hexadecimal."""
    purpose: Mapped[str] = mapped_column(String(32))
    """One of ``tokens.Purpose``."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    """Who may use it; for an invitation, who invited; NULL for somebody who signs up and is no user yet."""
    address: Mapped[str] = mapped_column(String(254), index=True)
    """The key of the address it was mailed to; void once the user's differs, except for ``TO_NEW_ADDRESS``."""
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Data that its purpose needs: ``{"account_id": 7}``."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    void_at: Mapped[datetime | None]
    """When a newer token, a sign-in or a changed password made it void."""


class PendingRequest(BaseTable):
    """An anonymous request, stored without a look-up. The worker answers it."""

    __tablename__ = "acct_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    """What a visitor may quote to support: ``R-7KQ2-M9XD``."""
    kind: Mapped[str] = mapped_column(String(32))
    """The screen it came from: ``recovery.password``."""
    named: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was typed, by field name: ``{"username": "m00000", "email": "a@example.com"}``; under ``asked_from``,
    roughly from where: ``["Firefox, Windows", "IP 8.8.8.*"]``."""
    locale: Mapped[str] = mapped_column(String(16))
    platform: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    answer: Mapped[str | None] = mapped_column(String(32))
    """The outcome, for the operator: ``mailed``, ``nobody``, ``known``, ``too_many``. Until then a digest that
    tells this sender from others who request the same."""
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]


class OutboxMail(BaseTable):
    """One mail to one recipient, waiting, sent or dead. Holds no secret: see ``Token``."""

    __tablename__ = "acct_outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True, insert_sentinel=True)
    """The same for every attempt: ``<acct.3f…@example.com>``. The rows of one INSERT are told apart by it."""
    mail: Mapped[str] = mapped_column(String(64))
    """The declared mail: ``recovery.reset``."""
    recipient: Mapped[str] = mapped_column(String(254))
    """The ASCII address."""
    recipient_name: Mapped[str] = mapped_column(String(250), default="")
    locale: Mapped[str] = mapped_column(String(16))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    platform: Mapped[str | None] = mapped_column(String(64))
    customer_number: Mapped[str | None] = mapped_column(String(18))
    slots: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Values of the mail's slots and lists: ``{"usernames": ["m00000", "m00001"]}``."""
    token_id: Mapped[str | None] = mapped_column(ForeignKey(Token.id, ondelete="SET NULL"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id, ondelete="SET NULL"), index=True)
    """The account it is about."""
    is_urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether somebody needs it to get in: it is sent before all that are not urgent."""
    category: Mapped[str | None] = mapped_column(String(32))
    """The mail category it was sent for; NULL for mail that nobody can unsubscribe from."""
    unsubscribe: Mapped[str | None] = mapped_column(String(64))
    """Who stops mails by its List-Unsubscribe: ``contact:12`` or ``member:7``."""
    state: Mapped[str] = mapped_column(String(8), default="queued", index=True)
    """``queued``, ``leased``, ``sent`` or ``dead``."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime | None]
    """Not worth sending after this time: its link would be dead."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(300))
    """Why the last attempt failed, or why it is dead."""

    __table_args__ = (
        _index_where(Index("ix_acct_outbox_next_urgent", "next_attempt_at", "id"), URGENT),
        _index_where(Index("ix_acct_outbox_next_notice", "next_attempt_at", "id"), NOT_URGENT),
    )


class LimitCount(BaseTable):
    """How often something happened lately, by key. Shared by all processes."""

    __tablename__ = "acct_tally"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    """``sign_in:`` or another subject, and a digest of the identifier or network address."""
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    """Start of the window of the count; for what is counted in a row, when it last happened."""
    blocked_until: Mapped[datetime | None]
    """No longer written: ``limits.RateLimit`` computes how long somebody waits."""


class Contact(WithFields, Addressed, BaseTable):
    """A name and address inside an account that receives mail categories. Never signs in."""

    DETAILS: ClassVar[tuple[str, ...]] = (
        "first_name", "last_name", "company", "email", "phone", "tax_id", "address1", "address2", "city", "region",
        "postcode", "country", "locale", "categories",
    )  # fmt: skip
    """What people fill in: the columns that forms store, and those of a file of contacts, in this order."""

    __tablename__ = "acct_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"))
    first_name: Mapped[str] = mapped_column(String(120), default="")
    last_name: Mapped[str] = mapped_column(String(120), default="")
    company: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str | None] = mapped_column(String(16))
    categories: Mapped[list[str]] = mapped_column(default=list)
    """The mails they get: ``["invoices", "support"]``."""
    sort_key: Mapped[str] = mapped_column(String(300), default="")
    """What they are sorted by: the name without accents, in lower case, else the address."""
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"), index=True)
    """Who added them; NULL if unknown."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("account_id", "email_key"),
        Index("ix_acct_contact_account_id_sort_key", "account_id", "sort_key"),
        # A page left open about a deleted contact must not become one about the next.
        {"sqlite_autoincrement": True},
    )

    @property
    def name(self) -> str:
        """Return how a list shows them: their name, else their company, else their address."""
        return f"{self.first_name} {self.last_name}".strip() or self.company or self.email


class Unsubscription(BaseTable):
    """An address that wants no more mail of a category from an account, whatever files or forms say afterwards."""

    __tablename__ = "acct_unsubscription"
    __table_args__ = (UniqueConstraint("account_id", "email_key", "category"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"))
    email_key: Mapped[str] = mapped_column(String(254))
    category: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]


class FormerUsername(BaseTable):
    """A user name that its user gave up, and that nobody else can have for a while."""

    __tablename__ = "acct_former_username"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"), index=True)
    """Who had it, and may take it back."""
    free_at: Mapped[datetime]


class Invitation(BaseTable):
    """An offer of a place in an account to one address. ``expired`` is a pending one past its time."""

    __tablename__ = "acct_invitation"
    __table_args__ = (_unique_where("uq_acct_invitation_one_pending", "account_id", "email_key", **PENDING),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str | None] = mapped_column(String(16))
    permissions: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    """``pending``, ``accepted``, ``declined``, ``revoked`` or ``superseded``."""
    token_id: Mapped[str | None] = mapped_column(ForeignKey(Token.id, ondelete="SET NULL"), unique=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    """Who accepted it."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    """When it stopped being pending."""


class Transfer(BaseTable):
    """An offer of the ownership of an account, by its owner to one of its users."""

    __tablename__ = "acct_transfer"
    __table_args__ = (_unique_where("uq_acct_transfer_one_pending", "account_id", **PENDING),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    to_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="pending")
    """``pending``, ``accepted``, ``declined`` or ``revoked``."""
    keeps: Mapped[list[str]] = mapped_column(default=list)
    """The permissions that the former owner keeps."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class HelpVote(BaseTable):
    """Whether one reader found an article helpful. It reveals nothing about the reader except that they voted."""

    __tablename__ = "acct_help_vote"
    __table_args__ = (Index(None, "locale", "article", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reader: Mapped[str | None] = mapped_column(String(64), unique=True)
    """A keyed digest that only this reader has for this text, so that they count once; NULL once it is deleted."""
    article: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(8))
    """Digest of the text they read: ``3f2a9c17``."""
    is_helpful: Mapped[bool]
    voted_on: Mapped[date]


class HelpVoteCount(BaseTable):
    """How many readers found one text of an article helpful, and how many did not."""

    __tablename__ = "acct_help_vote_count"

    article: Mapped[str] = mapped_column(String(200), primary_key=True)
    locale: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[str] = mapped_column(String(8), primary_key=True)
    """Digest of the text they read: ``3f2a9c17``."""
    helpful: Mapped[int] = mapped_column(default=0)
    unhelpful: Mapped[int] = mapped_column(default=0)


class HelpFeedback(BaseTable):
    """What a reader found missing in an article. It is anonymous."""

    __tablename__ = "acct_help_feedback"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the text, what it is about and the day: a double click stores one row."""
    article: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(String(1000))
    sent_on: Mapped[date] = mapped_column(index=True)


class PasswordWork(BaseTable):
    """The most expensive stored hash of each family that another system made: every failed sign-in costs as much."""

    __tablename__ = "acct_password_work"

    family: Mapped[str] = mapped_column(String(40), primary_key=True)
    """``bcrypt``, ``pbkdf2-sha256``, or ``host:`` and a scheme of the host's, see ``hashes``."""
    units: Mapped[int]
    decoy: Mapped[str | None] = mapped_column(String(255))
    """For a scheme of the host's, a hash that no password fits."""


class HelpSearch(BaseTable):
    """Words searched for in the help site of one language that found nothing."""

    __tablename__ = "acct_help_search"
    __table_args__ = (UniqueConstraint("locale", "query"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(String(16))
    query: Mapped[str] = mapped_column(String(100))
    """In lower case without accents: ``cambiar contrasena``."""
    count: Mapped[int] = mapped_column(default=1)
    last_on: Mapped[date]


class StaffMember(BaseTable):
    """One of the company's own people. Never a ``User``: the two sign in apart."""

    __tablename__ = "acct_staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    """``support`` or ``admin``."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """Argon2id; NULL until they set one."""
    link_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the secret in their link to set a password, in hexadecimal; NULL once it was used."""
    link_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_signed_in_at: Mapped[datetime | None]


class StaffSession(BaseTable):
    """One session of one of the staff. The cookie holds the secret whose digest is stored here."""

    __tablename__ = "acct_staff_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the cookie's value, in hexadecimal."""
    staff_id: Mapped[int] = mapped_column(ForeignKey(StaffMember.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    authenticated_at: Mapped[datetime]
    """When a password was last typed."""
    user_agent: Mapped[str] = mapped_column(String(200), default="")


class AuditEntry(BaseTable):
    """Who of the staff did what, to whom, when and why. Triggers refuse to change or delete a row.

    It names people by text and has no foreign keys, because it outlasts them.
    """

    __tablename__ = "acct_audit"
    __table_args__ = (Index(None, "on_kind", "on_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(254))
    """An address of the staff, or who ran a command: ``ana@example.com``, ``command: root``."""
    act: Mapped[str] = mapped_column(String(64))
    """Sample: ``user.disable``."""
    on_kind: Mapped[str] = mapped_column(String(16))
    """``user``, ``account``, ``case``, ``mail`` or ``staff``."""
    on_id: Mapped[int | None]
    on_name: Mapped[str] = mapped_column(String(254))
    """The address or number it was known by then."""
    reason: Mapped[str] = mapped_column(String(500))
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What else there is to say: ``{"was": "active", "state": "suspended"}``."""


KEEP_AUDIT: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER acct_audit_no_{what.lower()} BEFORE {what} ON acct_audit "
        "BEGIN SELECT RAISE(ABORT, 'acct_audit is append-only'); END"
        for what in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION acct_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'acct_audit is append-only'; END $$",
        "CREATE TRIGGER acct_audit_append_only BEFORE UPDATE OR DELETE ON acct_audit "
        "FOR EACH ROW EXECUTE FUNCTION acct_audit_append_only()",
    ),
}
"""By dialect, what makes the database refuse to change or delete rows of the audit log."""

FORGET_AUDIT = "DROP FUNCTION IF EXISTS acct_audit_append_only()"
"""What is left on PostgreSQL of a table that was dropped."""


def _said_to(dialect: str, statement: str) -> Any:
    """Return what runs a statement in databases of this dialect only."""
    return DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]


for _dialect, _statements in KEEP_AUDIT.items():
    for _statement in _statements:
        event.listen(AuditEntry.__table__, "after_create", _said_to(_dialect, _statement))
event.listen(AuditEntry.__table__, "after_drop", _said_to("postgresql", FORGET_AUDIT))


class SupportCase(BaseTable):
    """A request of somebody who knows nothing to sign in with, and how far staff are with it.

    Its steps are the entries of the audit log about it.
    """

    __tablename__ = "acct_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    """What the visitor may quote: ``R-7KQ2-M9XD``."""
    name: Mapped[str] = mapped_column(String(250))
    email: Mapped[str] = mapped_column(String(254))
    text: Mapped[str] = mapped_column(Text())
    """What they wrote."""
    locale: Mapped[str] = mapped_column(String(16))
    platform: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="new", index=True)
    """``new``, ``taken``, ``asked``, ``verified`` or ``answered``."""
    taken_by: Mapped[str | None] = mapped_column(String(254))
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"), index=True)
    """Who they are, once that is verified."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class AddressChange(BaseTable):
    """Another address for a user, by staff. The old address was told, and it waits."""

    __tablename__ = "acct_address_change"
    __table_args__ = (_unique_where("uq_acct_address_change_one_pending", "user_id", **PENDING),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    state: Mapped[str] = mapped_column(String(16), default="pending")
    """``pending``, ``done``, ``cancelled``, or ``in_use`` if somebody else had the address by then."""
    by: Mapped[str] = mapped_column(String(254))
    reason: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
