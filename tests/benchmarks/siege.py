"""48 hours of guesses, one every 30 seconds, and whether the owner can sign in meanwhile; the clock is simulated."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask_acct import config as configuration
from flask_acct.db import schema
from flask_acct.db.database import Database, open_engine
from flask_acct.features import platform
from flask_acct.values.keys import Keys

from ..features.conftest import House
from ..features.siege import NETWORKS, Siege
from ..personas import settle
from ..scopes import NOON
from . import figures
from .serving import SECRET_KEY

HOURS = 48
FROM = {
    "one": "one other network",
    "same": "the owner's network",
    "many": "a new network each",
    "hopping": "/64s of a /48",
}


def main() -> None:
    figures.head(f"{HOURS} hours, one try every 30 seconds")
    for networks in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            found = besieged(Path(folder)).last(HOURS, networks)
        shares = (f"{100 * sum(one) / len(one):.0f} %" for one in (found.known, found.new, found.recovered))
        known, new, recovered = shares
        figures.show(
            f"from {FROM[networks]}", f"known {known}, new {new}, mail {recovered}, guesses {found.verified}",
        )  # fmt: skip


def besieged(folder: Path) -> Siege:
    """Return a siege in a new database: Alice, and a stranger who ignores all waiting times."""
    engine, now = open_engine(f"sqlite:///{folder / 'siege.db'}"), NOON
    schema.upgrade(engine)
    config = configuration.preset("client-area").on(None)
    db = Database(engine).session()
    people = settle(db=db, config=config, now=now)
    return Siege(House(config, platform(config), db, Keys.of(SECRET_KEY), now, people), is_patient=False)


if __name__ == "__main__":
    sys.exit(main())
