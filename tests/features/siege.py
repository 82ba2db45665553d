"""A stranger who guesses passwords without end, and the owner who wants to sign in meanwhile, on a simulated clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, cycle
from typing import Any

from flask_acct.db.models import User
from flask_acct.features.login import flows as login
from flask_acct.features.login.flows import SignInRefused, Welcome
from flask_acct.features.password import flows as password
from flask_acct.features.recovery import flows as recovery
from flask_acct.mail import handlers
from flask_acct.security import anonymous_requests, browsers
from flask_acct.security.browsers import STRANGE, Browser
from flask_acct.security.limits import TooMany
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .conftest import House

HOME = "198.51.100.20"
"""The owner's network address."""

EVERY_SECONDS = 30
NETWORKS: dict[str, Callable[[], Any]] = {
    "one": lambda: cycle(["203.0.113.9"]),
    "same": lambda: cycle([HOME]),
    "many": lambda: (f"203.0.{number // 250 % 250}.{number % 250}" for number in count()),
    "hopping": lambda: (f"2001:db8:7:{number % 65536:x}::/64" for number in count()),
}
"""The network address of each try: always one other, the owner's own, a new one each time, each /64 of one /48."""


@dataclass
class Siege:
    """A stranger's tries, the owner's visits, and counts of what came of them."""

    home: House
    name: str = "alice@example.com"
    verified: int = 0
    """The number of guesses that were compared with the password."""
    known: list[bool] = field(default_factory=list)
    new: list[bool] = field(default_factory=list)
    recovered: list[bool] = field(default_factory=list)
    secret: str = PASSWORD
    is_patient: bool = True
    """Whether the stranger does not try while they have to wait. The result is the same, but the test is faster."""
    waits_until: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    @property
    def owner(self) -> User:
        return self.home.people.alice

    def last(self, hours: float, networks: str = "one") -> Siege:
        """The siege has lasted this long, with a try every ``EVERY_SECONDS``. Returns itself.

        The owner signs in every 67 minutes, and recovers the password four times in all.
        """
        known, source = self.arrive(), NETWORKS[networks]()
        tries = int(hours * 3600 / EVERY_SECONDS)
        for number in range(1, tries + 1):
            self.home.later(seconds=EVERY_SECONDS)
            net = next(source)
            if not self.is_patient or self.home.now >= self.waits_until:
                self.guess(net)
            if number % 134 == 0:
                self.known.append(self.enters(known))
                self.new.append(self.enters(STRANGE))
            if number % (tries // 4) == 0:
                self.recovered.append(self.recovers())
        return self

    def arrive(self) -> Browser:
        """Return a browser in which the owner signed in before the siege."""
        assert self.enters(STRANGE)
        return self.browser()

    def browser(self, before: Browser = STRANGE) -> Browser:
        """Return the browser with the cookie that the owner's sign-in leaves there."""
        home = self.home
        cookie = browsers.written(before, self.owner.id, home.keys, home.now)
        return browsers.read(cookie, home.keys, home.now, days=home.config.limits.known_browser_days)

    def guess(self, network: str, browser: Browser = STRANGE, name: str = "") -> bool:
        """Try a wrong password. Returns whether it was compared with the right one."""
        found = self.sign_in("not my password at all", network, browser, name)
        self.verified += isinstance(found, SignInRefused)
        if isinstance(found, TooMany):
            self.waits_until = self.home.now + found.wait
        return isinstance(found, SignInRefused)

    def enters(self, browser: Browser, network: str = HOME) -> bool:
        return isinstance(self.sign_in(self.secret, network, browser), Welcome)

    def sign_in(self, typed: str, network: str, browser: Browser, name: str = "") -> Any:
        home = self.home
        found = login.sign_in(home.scope, name or self.name, typed, network=network, browser=browser)
        home.db.commit()
        return found

    def recovers(self, network: str = HOME) -> bool:
        """Ask for a new password. Returns whether a mail came whose link sets one that works at once in any browser."""
        secret = self.mailed(network)
        if secret is None:
            return False
        self.waits_until = self.home.now
        home, self.secret = self.home, f"{NEW_PASSWORD} {len(self.recovered)}"
        changed = password.set_by_link(home.scope, secret, self.secret, self.secret)
        home.db.commit()
        return isinstance(changed, password.PasswordChanged) and self.enters(STRANGE, network)

    def mailed(self, network: str = HOME, browser: Browser = STRANGE) -> str | None:
        """Ask for a new password from this network. Returns the secret in the mail, or ``None`` if none came."""
        home = self.home
        anonymous_requests.remember(
            home.scope, "recovery.password", {"email": self.name}, locale="en", network=network, browser=browser
        )
        self.answer()
        secrets = [home.secret(mail) for mail in home.mails() if mail.mail == "recovery.reset"]
        return secrets[-1] if secrets else None

    def answer(self) -> list[str]:
        """Let the worker answer the queued requests. Returns the outcomes."""
        home, said = self.home, []
        for id_ in handlers.waiting(home.scope):
            asked = handlers.claim(home.scope, id_)
            assert asked is not None
            said.append(recovery.HANDLERS[asked.kind](home.scope, asked))
            handlers.note_answer(home.scope, asked, said[-1])
        home.db.commit()
        return said
