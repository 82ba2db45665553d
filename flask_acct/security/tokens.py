"""Secrets that are sent by mail: links and temporary passwords.

A secret is derived from the application key and the token's row at the moment its mail is rendered. The database,
outbox included, holds only its SHA-256, so a stolen copy opens nothing. A token is bound to a user, a purpose and
the address it was sent to, and is spent by one conditional UPDATE, so that it works once even under a race.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from ..db import row_locks
from ..db.models import Token, User
from ..db.writes import Write
from ..scope import Scope
from ..values.keys import KeyLost, Keys

Purpose = Literal[
    "password_link", "temporary_password", "confirm_recovery", "activation", "invitation", "email_change", "sign_up",
    "keep_address",
]  # fmt: skip

TO_NEW_ADDRESS: tuple[Purpose, ...] = ("invitation", "email_change", "sign_up")
"""Mailed to an address that is nobody's yet: opening the link proves whose it is. A sign-in does not void them."""

OUTLASTING: tuple[Purpose, ...] = (*TO_NEW_ADDRESS, "keep_address")
"""What neither a sign-in nor a new password voids. Whoever takes over an account does both, and must not silence its
owner."""

ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""56 characters that cannot be mistaken for one another; twenty of them carry 116 bits."""

TEMPORARY_PASSWORD_LENGTH = 20

LINK_LENGTH = 43
"""Characters of base 62 that hold 256 bits."""

SPENT_FOR = timedelta(days=30)
"""How long a dead token is remembered, so that its link can say what happened to it."""

INVITATION_SPENT_FOR = timedelta(days=90)
"""The same for a token of an invitation, which is itself remembered as long."""

NOT_OF_A_SECRET = re.compile("[^0-9A-Za-z]")
"""What was pasted or added around a secret: a space, a line end, the dot or bracket after a link."""


def issue(
    scope: Scope,
    purpose: Purpose,
    *,
    user: User,
    lifetime: timedelta,
    about: dict[str, Any] | None = None,
    address: str | None = None,
) -> Token:
    """A token of this purpose exists for the user's address; earlier ones of the same purpose are void.

    Args:
        user: Who may use it; for an invitation, who invited.
        address: The key of the new address it is mailed to, for a purpose of ``TO_NEW_ADDRESS``. Earlier
            invitations by the same user stay valid, because they are to others.
    """
    if purpose != "invitation":
        void(scope, user, purposes=(purpose,))
    return _issued(scope, purpose, user.id, address or user.email_key, lifetime=lifetime, about=about)


def issuing(scope: Scope, purpose: Purpose, *, user: User, lifetime: timedelta) -> tuple[IssuedToken, Sequence[Write]]:
    """Return a token as ``issue`` makes it, and what stores it, to be run with other writes once the user is locked."""
    id_ = secrets.token_hex(16)
    token = IssuedToken(id_, purpose, digest(_derive(scope.keys.current, id_, purpose)), scope.now + lifetime)
    same = {"user": user.id, "now": scope.now, "token_purpose": purpose}
    stored = {
        **same,
        "token": id_,
        "token_digest": token.digest,
        "token_address": user.email_key,
        "token_until": token.expires_at,
    }
    return token, (Write(_VOID_SAME, same), Write(_ISSUE, stored))


def issue_to_nobody(
    scope: Scope, purpose: Purpose, address: str, *, lifetime: timedelta, about: dict[str, Any] | None = None
) -> Token:
    """A token of this purpose exists for an address that is no user's; earlier ones stay valid.

    A stranger may request one for any address, so this must not void the token of another.

    Args:
        address: Its key.
    """
    return _issued(scope, purpose, None, address, lifetime=lifetime, about=about)


def _issued(
    scope: Scope,
    purpose: Purpose,
    user_id: int | None,
    address: str,
    *,
    lifetime: timedelta,
    about: dict[str, Any] | None = None,
) -> Token:
    id_ = secrets.token_hex(16)
    token = Token(
        id=id_,
        digest=digest(_derive(scope.keys.current, id_, purpose)),
        purpose=purpose,
        user_id=user_id,
        address=address,
        about=about or {},
        created_at=scope.now,
        expires_at=scope.now + lifetime,
    )
    scope.db.add(token)
    # The outbox row that mails it refers to it.
    scope.db.flush()
    return token


class IssuedToken(NamedTuple):
    """A token that is about to be stored."""

    id: str
    purpose: Purpose
    digest: str
    expires_at: datetime


class Issued(Protocol):
    """What a secret is derived from: a token, or the row of one."""

    @property
    def id(self) -> str: ...

    @property
    def purpose(self) -> str: ...

    @property
    def digest(self) -> str: ...


def secret_of(token: Token | Issued, keys: Keys) -> str:
    """Return the secret for the mail. Raises ``KeyLost`` if the application key was replaced and not kept."""
    for key in keys:
        secret = _derive(key, token.id, token.purpose)
        if hmac.compare_digest(digest(secret), token.digest):
            return secret
    raise KeyLost("A mail waits whose SECRET_KEY is gone. Add the old key to SECRET_KEY_FALLBACKS.")


# Built once: building it costs more than running it, and every sign-in runs it.
_VOID = (
    update(Token)
    .where(
        Token.user_id == bindparam("user"),
        Token.used_at.is_(None),
        Token.void_at.is_(None),
    )
    .values(void_at=bindparam("now"))
    .execution_options(synchronize_session=False)
)
_VOID_OWN = _VOID.where(Token.purpose.not_in(OUTLASTING))
_VOID_SAME = _VOID.where(Token.purpose == bindparam("token_purpose"))
_ISSUE = insert(Token).values(
    id=bindparam("token"),
    digest=bindparam("token_digest"),
    purpose=bindparam("token_purpose"),
    user_id=bindparam("user"),
    address=bindparam("token_address"),
    about={},
    created_at=bindparam("now"),
    expires_at=bindparam("token_until"),
)


def find(scope: Scope, secret: str, *purposes: Purpose) -> Token | None:
    """Return the token of a secret if it can be spent now. Changes nothing."""
    # Every sign-in asks this about the typed password, and hardly any has the length of a secret.
    if not _may_be_one(secret):
        return None
    return scope.db.scalar(select(Token).where(*_usable(secret, purposes, scope.now)))


def spend(scope: Scope, secret: str, *purposes: Purpose) -> Token | None:
    """The token is spent, and returned; ``None`` if it was unknown, spent, void, expired or of another address."""
    row_locks.lock_user(scope.db, select(Token.user_id).where(_is(secret)).scalar_subquery())
    spent = scope.db.execute(
        update(Token)
        .where(*_usable(secret, purposes, scope.now))
        .values(used_at=scope.now)
        .returning(Token)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return spent.scalar_one_or_none()


def find_any(db: Session, secret: str, *purposes: Purpose) -> Token | None:
    """Return the token of a secret, whatever its state, so that a link followed again can say it. It opens nothing."""
    if not _may_be_one(secret):
        return None
    found = select(Token).where(_is(secret), Token.purpose.in_(purposes))
    return db.scalar(found.execution_options(populate_existing=True))


def void_one(scope: Scope, id_: str | None) -> None:
    """The token is void, if it exists and is unspent."""
    row_locks.lock_user(scope.db, select(Token.user_id).where(Token.id == id_).scalar_subquery())
    scope.db.execute(
        update(Token)
        .where(Token.id == id_, Token.used_at.is_(None), Token.void_at.is_(None))
        .values(void_at=scope.now)
        .execution_options(synchronize_session=False)
    )


def void(scope: Scope, user: User, *, purposes: Sequence[Purpose] = ()) -> None:
    """Every unspent token mailed to the user's own address is void but ``OUTLASTING``; or those of some purposes."""
    statement = _VOID.where(Token.purpose.in_(purposes)) if purposes else _VOID_OWN
    row_locks.lock_user(scope.db, user.id)
    scope.db.connection().execute(statement, {"user": user.id, "now": scope.now})


def voiding(scope: Scope, user: User) -> Write:
    """Return what voids every unspent token mailed to the user but ``OUTLASTING``, once they are locked."""
    return Write(_VOID_OWN, {"user": user.id, "now": scope.now})


def lock_address(db: Session, address: str, purpose: Purpose) -> None:
    """Nobody else spends a token of this purpose mailed to the address until the transaction ends."""
    if db.get_bind().dialect.name != "sqlite":
        theirs = select(Token.id).where(Token.address == address, Token.purpose == purpose)
        db.connection().execute(theirs.order_by(Token.id).with_for_update())


def void_address(scope: Scope, address: str, purpose: Purpose) -> None:
    """Every unspent token of this purpose mailed to the address is void."""
    scope.db.execute(
        update(Token)
        .where(Token.address == address, Token.purpose == purpose, Token.used_at.is_(None), Token.void_at.is_(None))
        .values(void_at=scope.now)
        .execution_options(synchronize_session=False)
    )


def is_mailed(db: Session, password: str) -> bool:
    """Whether a password is a secret that was mailed, apart from spaces and the like, whatever its state."""
    bare = bare_secret(password)
    if len(bare) not in (LINK_LENGTH, TEMPORARY_PASSWORD_LENGTH):
        return False
    return db.scalar(select(Token.id).where(Token.digest == digest(bare))) is not None


def exists(db: Session, secret: str, *purposes: Purpose) -> bool:
    """Whether the secret was ever mailed for one of the purposes, whatever its state."""
    mailed = select(Token.id).where(Token.digest == digest(bare_secret(secret)), Token.purpose.in_(purposes))
    return db.scalar(mailed) is not None


def bare_secret(typed: str) -> str:
    """Return a secret without what may be typed or pasted around it: only letters and digits belong to one."""
    return "".join(character for character in typed if character.isascii() and character.isalnum())


def digest(secret: str) -> str:
    """Return the SHA-256 in hexadecimal, of any text."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def alive(now: datetime) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of a token that can be spent now."""
    address = select(User.email_key).where(User.id == Token.user_id).scalar_subquery()
    return [
        Token.used_at.is_(None),
        Token.void_at.is_(None),
        Token.expires_at > now,
        or_(Token.address == address, Token.purpose.in_(TO_NEW_ADDRESS)),
    ]


def forget_old(scope: Scope) -> None:
    """Links and temporary passwords that have been dead long enough are deleted."""
    for kept_for, which in (
        (SPENT_FOR, Token.purpose != "invitation"),
        (INVITATION_SPENT_FOR, Token.purpose == "invitation"),
    ):
        old = scope.now - kept_for
        dead = or_(Token.used_at < old, Token.void_at < old, Token.expires_at < old)
        scope.db.execute(delete(Token).where(which, dead).execution_options(synchronize_session=False))


def _usable(secret: str, purposes: Sequence[Purpose], now: datetime) -> list[ColumnElement[bool]]:
    return [_is(secret), Token.purpose.in_(purposes), *alive(now)]


def _may_be_one(secret: str) -> bool:
    return len(NOT_OF_A_SECRET.sub("", secret)) in (LINK_LENGTH, TEMPORARY_PASSWORD_LENGTH)


def _is(secret: str) -> ColumnElement[bool]:
    """Return the condition that a token is the one of this secret, as it was typed, pasted or followed."""
    return Token.digest == digest(NOT_OF_A_SECRET.sub("", secret))


def _derive(key: bytes, id_: str, purpose: str) -> str:
    mac = hmac.new(key, f"flask_acct token {purpose} {id_}".encode(), hashlib.sha256).digest()
    if purpose == "temporary_password":
        return _readable(mac)
    return _base62(mac)


def _readable(mac: bytes) -> str:
    number = int.from_bytes(mac, "big")
    characters = []
    for _ in range(TEMPORARY_PASSWORD_LENGTH):
        number, character = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[character])
    return "".join(characters)


def _base62(mac: bytes) -> str:
    # No "-" or "_": some mail programs do not include them in the link.
    characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = int.from_bytes(mac, "big")
    text = ""
    for _ in range(LINK_LENGTH):
        number, character = divmod(number, 62)
        text += characters[character]
    return text
