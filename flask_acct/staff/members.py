"""Who the staff are, and how they sign in: apart from users, by a password of their own.

Whoever is added gets a link, once, to set a password; nobody chooses one for somebody else. A session is a row, as a
user's is, with a cookie of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from ..config import Config
from ..db.database import begin_writing
from ..db.models import StaffMember, StaffSession, User
from ..platform import Platform
from ..scope import Scope
from ..security import limits, passwords
from ..security.limits import RateLimit, TooMany, key
from ..security.passwords import PasswordsDiffer, PasswordTooWeak
from ..security.rate_limits import of_network
from ..security.tokens import digest
from ..values.identifiers import email_address, email_key
from . import acts
from .acts import Actor, CannotAct, Outcome, Role, Target

FAILURES, FAILURES_ANYWHERE = 5, 50
"""Wrong passwords in a row for one address before each further try waits: from one network, and from all together."""

TRIES_PER_NETWORK = 30
"""Tries an hour from one network, whoever is named."""

PER = timedelta(days=2)
SET_PASSWORD = "staff.password"  # noqa: S105
"""The screen that a link opens."""

MOST_SESSIONS = 5
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PresentMember:
    """Who of the staff is signed in."""

    session: StaffSession
    member: StaffMember

    @property
    def actor(self) -> Actor:
        role: Role = "admin" if self.member.role == "admin" else "support"
        return Actor(self.member.email, role, self.member.id)


@dataclass(frozen=True, slots=True)
class StaffWelcome:
    """Signed in; ``secret`` is for the cookie."""

    member: StaffMember
    secret: str


@dataclass(frozen=True, slots=True)
class StaffRefused:
    """Address or password did not fit; nobody learns which."""


@dataclass(frozen=True, slots=True)
class StaffPasswordSet:
    """They can sign in with it; sessions of before have ended."""


@dataclass(frozen=True, slots=True)
class StaffLinkDead:
    """The link was used, replaced or is too old."""


@dataclass(frozen=True, slots=True)
class LinkMade:
    """Somebody can set a password by a link with this secret, which is shown once and stored nowhere."""

    member: StaffMember
    secret: str


def browse(scope: Scope) -> Sequence[StaffMember]:
    """Return all staff, by address."""
    return scope.db.scalars(select(StaffMember).order_by(StaffMember.email_key)).all()


def find(scope: Scope, email: str) -> StaffMember | None:
    """Return whose address it is."""
    return scope.db.scalar(select(StaffMember).where(StaffMember.email_key == (email_key(email) or "")))


def add(scope: Scope, email: str, role: Role, *, by: Actor, reason: str) -> LinkMade | Outcome:
    """Somebody is one of the staff, once they have set a password by the link."""
    if refused := acts.refusal(by, "staff.add", reason):
        return refused
    address, known = email_address(email), email_key(email)
    if address is None or known is None:
        return CannotAct("no_address")
    begin_writing(scope.db)
    if find(scope, address) is not None:
        return CannotAct("known")
    member = StaffMember(email=address, email_key=known, role=role, created_at=scope.now)
    scope.db.add(member)
    scope.db.flush()
    acts.record(scope, by, "staff.add", _target(member), reason, role=role)
    return _link(scope, member)


def new_link(scope: Scope, member: StaffMember, *, by: Actor, reason: str) -> LinkMade | Outcome:
    """Somebody can set another password by a link; the old one works until then."""
    if refused := acts.refusal(by, "staff.link", reason):
        return refused
    begin_writing(scope.db)
    acts.record(scope, by, "staff.link", _target(member), reason)
    return _link(scope, member)


def link_of(made: LinkMade, platform: Platform) -> str:
    """Return the whole address of a link, which is shown once."""
    path = platform.declared.screens[SET_PASSWORD].path
    site = platform.config.site.public_url.rstrip("/")
    return f"{site}{platform.prefix}/{path}?token={made.secret}"


def set_role(scope: Scope, member: StaffMember, role: Role, *, by: Actor, reason: str) -> Outcome:
    """They may do what the role may, from their next request on."""
    if refused := acts.refusal(by, "staff.role", reason):
        return refused
    begin_writing(scope.db)
    if role != "admin" and _is_last_admin(scope, member):
        return CannotAct("last_admin")
    was, member.role = member.role, role
    return acts.record(scope, by, "staff.role", _target(member), reason, was=was, role=role)


def remove(scope: Scope, member: StaffMember, *, by: Actor, reason: str) -> Outcome:
    """They are none of the staff any more, from their next request on. What they did stays in the log."""
    if refused := acts.refusal(by, "staff.remove", reason):
        return refused
    begin_writing(scope.db)
    if _is_last_admin(scope, member):
        return CannotAct("last_admin")
    target, role = _target(member), member.role
    _end_all(scope, member.id)
    scope.db.delete(member)
    scope.db.flush()
    return acts.record(scope, by, "staff.remove", target, reason, role=role)


def by_link(scope: Scope, secret: str) -> StaffMember | None:
    """Return who may set a password by the link with this secret now."""
    mine = StaffMember.link_digest == digest(secret), StaffMember.link_expires_at > scope.now
    return scope.db.scalar(select(StaffMember).where(*mine)) if secret else None


def set_password(
    scope: Scope, secret: str, password: str, again: str
) -> StaffPasswordSet | StaffLinkDead | PasswordTooWeak | PasswordsDiffer:
    """Whoever has the link has this password, and the link is used up. Raises ``passwords.Busy``."""
    member = by_link(scope, secret)
    if member is None:
        return StaffLinkDead()
    if refused := _unfit(scope, member, password, again):
        return refused
    hash_ = passwords.hashed(password)
    begin_writing(scope.db)
    used = scope.db.execute(
        update(StaffMember)
        .where(StaffMember.id == member.id, StaffMember.link_digest == digest(secret))
        .values(password_hash=hash_, link_digest=None, link_expires_at=None)
        .returning(StaffMember.id)
        .execution_options(synchronize_session=False)
    )
    if used.scalar() is None:
        return StaffLinkDead()
    scope.db.refresh(member)
    _end_all(scope, member.id)
    acts.record(scope, Actor(member.email, "support"), "staff.set_password", _target(member), "")
    return StaffPasswordSet()


def change_password(
    scope: Scope, here: PresentMember, current: str, new: str, again: str
) -> StaffWelcome | StaffRefused | TooMany | PasswordTooWeak | PasswordsDiffer:
    """They have a new password; their other sessions have ended, and this one has a new secret.

    An open link to set a password is void. Raises ``passwords.Busy``.
    """
    if refused := prove(scope, here, current) or _unfit(scope, here.member, new, again):
        return refused
    member, hash_ = here.member, passwords.hashed(new)
    begin_writing(scope.db)
    scope.db.refresh(member, with_for_update=True)
    member.password_hash, member.link_digest, member.link_expires_at = hash_, None, None
    others = delete(StaffSession).where(StaffSession.staff_id == member.id, StaffSession.id != here.session.id)
    scope.db.execute(others.execution_options(synchronize_session=False))
    acts.record(scope, here.actor, "staff.set_password", _target(member), "")
    secret = secrets.token_urlsafe(32)
    here.session.digest = digest(secret)
    return StaffWelcome(member, secret)


def _unfit(scope: Scope, member: StaffMember, password: str, again: str) -> PasswordTooWeak | PasswordsDiffer | None:
    if password != again:
        return PasswordsDiffer()
    weak = passwords.weakness(password, _stricter(scope.config), user=_as_user(member))
    return PasswordTooWeak(weak) if weak else None


def sign_in(
    scope: Scope, email: str, password: str, *, network: str, user_agent: str = "", before: str = ""
) -> StaffWelcome | StaffRefused | TooMany:
    """A session of one of the staff has begun, and that of this browser before it has ended.

    The try is counted and committed before it is hashed; it costs the same whoever is named. Raises ``passwords.Busy``.

    Args:
        before: The secret of the session that the browser had, if any.
    """
    known = email_key(email) or email
    way = _tries(known, network)
    with passwords.slot():
        member = scope.db.scalar(select(StaffMember).where(StaffMember.email_key == known))
        hash_ = member.password_hash if member else None
        taken = limits.take_at_once(scope, way)
        if isinstance(taken, TooMany):
            return taken
        if not passwords.verify(password, hash_) or member is None:
            return StaffRefused()
    begin_writing(scope.db)
    scope.db.refresh(member, with_for_update=True)
    if member.password_hash != hash_:
        return StaffRefused()
    limits.clear(scope, *(one.key for one in way if one.is_in_a_row))
    if before:
        end(scope, before)
    member.last_signed_in_at = scope.now
    acts.record(scope, Actor(member.email, "support"), "staff.sign_in", _target(member), "", network=network)
    return StaffWelcome(member, _begin(scope, member, user_agent))


def load(scope: Scope, secret: str) -> PresentMember | None:
    """Return who of the staff has this secret; ``None`` if the session has ended or never existed."""
    found = scope.db.execute(
        select(StaffSession, StaffMember)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(StaffSession.digest == digest(secret))
    ).one_or_none()
    if found is None:
        return None
    session, member = found
    idle, absolute = _lengths(scope.config)
    is_over = scope.now >= session.last_used_at + idle + TOUCH_EVERY or scope.now >= session.created_at + absolute
    return None if is_over else PresentMember(session, member)


def needs_touch(session: StaffSession, now: datetime) -> bool:
    """Whether the stored time of last use is old enough to be written again."""
    return now - session.last_used_at >= TOUCH_EVERY


def touch(scope: Scope, session_id: int) -> None:
    """The session was used now."""
    used = update(StaffSession).where(StaffSession.id == session_id).values(last_used_at=scope.now)
    scope.db.execute(used.execution_options(synchronize_session=False))


def end(scope: Scope, secret: str) -> None:
    """The cookie with this secret is void."""
    gone = delete(StaffSession).where(StaffSession.digest == digest(secret))
    scope.db.execute(gone.execution_options(synchronize_session=False))


def is_proven(session: StaffSession, config: Config, now: datetime) -> bool:
    """Whether they typed their password recently."""
    return now - session.authenticated_at < timedelta(minutes=config.staff.reauthenticate_minutes)


def prove(scope: Scope, here: PresentMember, password: str) -> StaffRefused | TooMany | None:
    """Return ``None`` if it is their own password, which then counts as just typed. Raises ``passwords.Busy``.

    Call it before anything is written: the try is committed before it is checked.
    """
    meter = RateLimit(key("staff_password", str(here.member.id)), FAILURES, PER, is_in_a_row=True)
    hash_, session_id = here.member.password_hash, here.session.id
    with passwords.slot():
        taken = limits.take_at_once(scope, (meter,))
        if isinstance(taken, TooMany):
            return taken
        if not passwords.verify(password, hash_):
            return StaffRefused()
    begin_writing(scope.db)
    limits.clear(scope, meter.key)
    now = update(StaffSession).where(StaffSession.id == session_id).values(authenticated_at=scope.now)
    scope.db.execute(now.execution_options(synchronize_session=False))
    return None


def forget_ended(scope: Scope) -> None:
    """Rows of sessions past their end are deleted."""
    idle, absolute = _lengths(scope.config)
    is_over = (StaffSession.last_used_at <= scope.now - idle - TOUCH_EVERY) | (
        StaffSession.created_at <= scope.now - absolute
    )
    scope.db.execute(delete(StaffSession).where(is_over).execution_options(synchronize_session=False))


def _begin(scope: Scope, member: StaffMember, user_agent: str) -> str:
    secret = secrets.token_urlsafe(32)
    mine = select(StaffSession.id).where(StaffSession.staff_id == member.id)
    oldest = mine.order_by(StaffSession.last_used_at.desc(), StaffSession.id.desc()).offset(MOST_SESSIONS - 1)
    scope.db.execute(
        delete(StaffSession).where(StaffSession.id.in_(oldest)).execution_options(synchronize_session=False)
    )
    scope.db.add(
        StaffSession(
            digest=digest(secret),
            staff_id=member.id,
            created_at=scope.now,
            last_used_at=scope.now,
            authenticated_at=scope.now,
            user_agent=user_agent[:200],
        )
    )
    scope.db.flush()
    return secret


def _link(scope: Scope, member: StaffMember) -> LinkMade:
    secret = secrets.token_urlsafe(32).replace("-", "x").replace("_", "y")
    member.link_digest = digest(secret)
    member.link_expires_at = scope.now + timedelta(hours=scope.config.staff.link_hours)
    scope.db.flush()
    return LinkMade(member, secret)


def _tries(known: str, network: str) -> tuple[RateLimit, ...]:
    return (
        RateLimit(key("staff_sign_in", known, at=network), FAILURES, PER, is_in_a_row=True),
        RateLimit(key("staff_sign_in_anywhere", known), FAILURES_ANYWHERE, PER, is_in_a_row=True),
        *of_network("staff_sign_in_from", network, TRIES_PER_NETWORK),
    )


def _lengths(config: Config) -> tuple[timedelta, timedelta]:
    return timedelta(minutes=config.staff.idle_minutes), timedelta(hours=config.staff.absolute_hours)


def _end_all(scope: Scope, staff_id: int) -> None:
    theirs = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    scope.db.execute(theirs.execution_options(synchronize_session=False))


def _is_last_admin(scope: Scope, member: StaffMember) -> bool:
    admins = select(func.count()).where(StaffMember.role == "admin", StaffMember.id != member.id)
    return member.role == "admin" and not scope.db.scalar(admins)


def _stricter(config: Config) -> Config:
    """Return the configuration with the shortest staff password in place of a user's."""
    least = config.password.model_copy(update={"min_length": config.staff.min_password_length})
    return config.model_copy(update={"password": least})


def _as_user(member: StaffMember) -> User:
    """Return what the rules for passwords ask about whose it is; never saved."""
    return User(username=member.email.partition("@")[0], email=member.email, first_name="", last_name="")


def _target(member: StaffMember) -> Target:
    return Target("staff", member.id, member.email)
