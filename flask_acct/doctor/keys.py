"""The application's keys."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ..db.models import OutboxMail, Token
from ..security import tokens
from ..values.keys import KeyLost
from .checkup import Checkup
from .lines import Line, fail, ok

LOOKED_AT = 100


def secret_key(checkup: Checkup) -> Line:
    """How many keys there are. An app with a guessable one does not start."""
    former = len(checkup.acct.keys.keys) - 1
    if not former:
        return ok("Secret key", "set, and no former one")
    return ok(
        "Secret key", f"set, with {former} former in SECRET_KEY_FALLBACKS; remove them when their links have ended"
    )


def waiting_links(checkup: Checkup) -> Iterator[Line]:
    """Whether the links of waiting mails can be made with the present keys."""
    try:
        with checkup.acct.database.session() as db:
            unsent = OutboxMail.state.in_(("queued", "leased"))
            waiting = list(db.scalars(select(Token).join(OutboxMail).where(unsent).limit(LOOKED_AT)))
    except SQLAlchemyError:
        # Reported for the database itself.
        return
    lost = sum(_is_lost(checkup, token) for token in waiting)
    if lost:
        fix = "Add the key that was replaced to SECRET_KEY_FALLBACKS."
        yield fail("Waiting links", f"{lost} mails wait whose links were made with a key that is gone", fix)
    elif waiting:
        yield ok("Waiting links", f"{len(waiting)} can be made with the present keys")


def _is_lost(checkup: Checkup, token: Token) -> bool:
    try:
        tokens.secret_of(token, checkup.acct.keys)
    except KeyLost:
        return True
    return False
