"""A test client for hosts: a test begins with somebody signed in, without a form or a password.

Sample::

    app.test_client_class = AcctClient

    def test_alice_sees_her_invoices(app, alice):
        page = app.test_client(user=alice).get("/invoices")
"""

from __future__ import annotations

from typing import Any, cast

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..db.models import Account, Membership, User
from ..security import sessions
from ..security.sessions import Reason
from ..web import cookies
from ..web.state import State


class AcctClient(FlaskClient):
    """Flask's test client, with a user signed in.

    Args:
        user: Who is signed in from the first request on; nobody by default.
        account: The account in view; their own by default.
    """

    def __init__(self, *args: Any, user: User | None = None, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user is not None:
            self.sign_in(user, account)

    def sign_in(self, user: User, account: Account | None = None) -> None:
        """Requests come from this user, in a session that has just begun."""
        with self._acct.database.transaction() as db:
            account_id = account.id if account else db.scalar(_first_account(user))
            self._begin(user, account_id, db)

    def must_set_password(self, user: User, reason: Reason = "temporary") -> None:
        """Requests come from this user, in a session that may do nothing but set a password."""
        with self._acct.database.transaction() as db:
            self._begin(user, None, db, purpose="set_password", reason=reason)

    def sign_out(self) -> None:
        """Requests come from a visitor; the former session stays in the database."""
        self.delete_cookie(self._cookie_name, path="/")

    @property
    def _acct(self) -> State:
        return cast(State, self.application.extensions["acct"])

    @property
    def _cookie_name(self) -> str:
        """Return the cookie's name, which depends on APPLICATION_ROOT and the port of SERVER_NAME."""
        with self.application.test_request_context():
            return self._acct.cookie_name

    def _begin(self, user: User, account_id: int | None, db: Session, **how: Any) -> None:
        secret = sessions.begin(self._acct.scope(db), user, account_id, user_agent="test", **how)
        with self.application.test_request_context():
            value = cookies.marked(secret, self._acct.mount, self._acct.keys)
        self.set_cookie(self._cookie_name, value, path="/", secure=self._acct.is_https, httponly=True)


def _first_account(user: User) -> Any:
    mine = select(Membership.account_id).where(Membership.user_id == user.id)
    return mine.order_by(Membership.is_owner.desc(), Membership.id).limit(1)
