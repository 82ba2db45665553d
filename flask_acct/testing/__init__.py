"""For a host's own tests: a signed-in client, people, a database, the mails that were sent, and a clock.

Sample, ``conftest.py`` and a test, with pytest::

    import pytest

    from flask_acct.testing import KEY
    from shop import create_app

    pytest_plugins = ["flask_acct.testing.fixtures"]

    @pytest.fixture
    def app():
        return create_app({"TESTING": True, "SECRET_KEY": KEY, "ACCT_DATABASE_URL": "sqlite://"})

    def test_a_sub_user_sees_invoices_if_she_may(app, an_owner, a_sub_user):
        alice = an_owner()
        bob = a_sub_user(of=alice, may=["invoices"])
        assert app.test_client(user=bob).get("/invoices").status_code == 200

Without pytest call the functions of this module, and ``make_tables`` first. With ``TESTING = True`` no thread sends
mails, ``sqlite://`` is a database of the app's own that is deleted with it, and ``WTF_CSRF_ENABLED = False`` is
honoured.
"""

from .client import AcctClient
from .clock import FrozenClock, freeze_clock
from .databases import KEY, make_tables
from .mails import sent_mails
from .people import a_sub_user, an_owner
from .records import PASSWORD

__all__ = [
    "KEY",
    "PASSWORD",
    "AcctClient",
    "FrozenClock",
    "a_sub_user",
    "an_owner",
    "freeze_clock",
    "make_tables",
    "sent_mails",
]
