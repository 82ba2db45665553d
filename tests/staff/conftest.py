"""What tests of the staff's flows need: a scope with a staff area, and somebody of each role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from flask_acct import config as configuration
from flask_acct.config import Config
from flask_acct.scope import Scope
from flask_acct.staff.acts import Actor

from ..personas import Personas, settle
from ..scopes import NOON, a_scope

ADA, SAM = Actor("ada@company.example", "admin", 1), Actor("sam@company.example", "support", 2)


class Office:
    """A staff area without pages: people to act on, and a time that can be moved."""

    def __init__(self, db: Session, config: Config) -> None:
        self.db, self.config, self.now = db, config, NOON
        self.people: Personas = settle(db=db, config=config, now=NOON)

    @property
    def scope(self) -> Scope:
        return a_scope(self.db, config=self.config, now=self.now)

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def open_office(db: Session) -> Callable[..., Office]:
    """A function that makes an office of a preset, with changes of ``[staff]``."""

    def make(preset: str = "client-area", **staff: Any) -> Office:
        chosen = configuration.preset(preset)
        table = chosen.staff.model_copy(update={"enabled": True, **staff})
        return Office(db, chosen.model_copy(update={"staff": table}).on(None))

    return make


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    return open_office()
