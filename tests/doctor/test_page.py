"""The doctor's page for the company's own people, who are signed in to the staff area."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event

from flask_acct.config.tables.monitoring import Health, Metrics
from flask_acct.db.models import StaffMember, StaffSession

from ..monitoring.conftest import BRINGING, TOKEN
from ..web.conftest import make as make
from ..web.site import Build, Site
from ..web.test_staff import add, enter, with_staff
from ..web.visitor import Visitor

PAGE = "/account/-/doctor"


@pytest.fixture
def office(make: Build) -> Site:
    """A site with a staff area and the doctor's page, which has a token."""
    tables = {"health": Health(doctor=True), "metrics": Metrics(enabled=True)}
    site = make(with_staff().model_copy(update=tables), ACCT_METRICS_TOKEN=TOKEN)
    add(site, "ada@company.example", "admin")
    add(site, "sam@company.example", "support")
    return site


def status(visitor: Visitor, path: str = PAGE) -> int:
    return visitor.open(path).status


@pytest.mark.parametrize("email", ["ada@company.example", "sam@company.example"])
def test_whoever_is_signed_in_to_the_staff_area_sees_the_findings(office: Site, email: str) -> None:
    page = enter(office, email).open(PAGE)
    assert page.status == 200
    assert "Mail server" in page.response.text


def test_so_it_is_without_a_token_from_any_machine(make: Build) -> None:
    site = make(with_staff().model_copy(update={"health": Health(doctor=True)}))
    add(site, "ada@company.example", "admin")
    ada, far = enter(site), {"REMOTE_ADDR": "192.0.2.9"}
    seen = ada.client.get(PAGE, base_url=site.root, environ_overrides=far)
    assert seen.status_code == 200
    assert site.app.test_client().get(PAGE, base_url=site.root, environ_overrides=far).status_code == 403


def test_neither_a_stranger_nor_a_customer_sees_them(office: Site) -> None:
    assert status(office.visitor()) == 401
    assert status(office.alice()) == 401


def test_who_is_refused_reads_where_the_staff_sign_in(office: Site) -> None:
    assert "/account/staff/sign-in" in office.visitor().open(PAGE).response.text


def test_figures_stay_closed_to_staff(office: Site) -> None:
    assert status(enter(office), "/account/-/metrics") == 401


def test_a_session_that_has_ended_opens_nothing(office: Site) -> None:
    ada = enter(office)
    office.clock.move(minutes=20)
    assert status(ada) == 401


def test_nor_does_one_of_somebody_who_was_removed(office: Site) -> None:
    ada = enter(office)
    with office.acct.database.transaction() as db:
        db.execute(delete(StaffSession))
        db.execute(delete(StaffMember))
    assert status(ada) == 401


def test_the_page_counts_as_use_of_the_staff_session(office: Site) -> None:
    ada = enter(office)
    for _ in range(3):
        office.clock.move(minutes=10)
        assert status(ada) == 200


def test_a_token_is_enough_while_the_database_is_away(office: Site) -> None:
    ada = enter(office)
    with office.acct.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE acct_staff_session")
    assert status(ada) == 401
    brought = office.app.test_client().get(PAGE, base_url=office.root, headers=BRINGING)
    assert brought.status_code == 200


def test_no_connection_is_kept_while_the_doctor_is_at_work(office: Site) -> None:
    ada, most, now = enter(office), 0, 0

    def taken(*_: object) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)

    def given_back(*_: object) -> None:
        nonlocal now
        now -= 1

    event.listen(office.acct.database.engine, "checkout", taken)
    event.listen(office.acct.database.engine, "checkin", given_back)
    assert status(ada) == 200
    assert most == 1


def test_the_menu_of_the_staff_area_leads_there(office: Site) -> None:
    page = enter(office).open("/account/staff")
    assert PAGE in [node.attributes.get("href") for node in page.nodes]


def test_but_not_where_there_is_no_such_page(make: Build) -> None:
    site = make(with_staff())
    add(site, "ada@company.example", "admin")
    page = enter(site).open("/account/staff")
    assert PAGE not in [node.attributes.get("href") for node in page.nodes]
