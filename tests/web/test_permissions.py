"""Who may open what: one table of route and permission, asked of every route there is.

The table is read off the routes: ``Screen.needs`` of ours, ``@requires`` of a host's. What it says must happen is
written down here once more, in ``is_open``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain, combinations
from typing import Any

import pytest
from flask import Flask, g, render_template_string
from flask.views import MethodView
from werkzeug.exceptions import Forbidden
from werkzeug.routing import Rule

from flask_acct import public, requires
from flask_acct.accounts.permissions import UnknownPermission
from flask_acct.config import PERMISSIONS, Config
from flask_acct.db.models import Contact, Invitation, Membership, OutboxMail, Transfer, User, UserSession
from flask_acct.security.sessions import CurrentSession
from flask_acct.testing import AcctClient
from flask_acct.testing.records import add_member, add_user
from flask_acct.web import dispatch
from flask_acct.web.rules import problems

from ..personas import settle
from ..scopes import SECRET_KEY
from .site import Build, Site
from .visitor import Read, Visitor

SUBSETS = list(chain.from_iterable(combinations(PERMISSIONS, size) for size in range(len(PERMISSIONS) + 1)))
NOTABLE = [(), *((name,) for name in PERMISSIONS), PERMISSIONS]


INCLUDED = {"manage_products": "products", "manage_domains": "domains"}


def is_open(needs: str, granted: tuple[str, ...]) -> bool:
    """What must be so for a sub-user of an open account."""
    return needs in {"", "member", "sub_user", *granted, *(INCLUDED.get(name) for name in granted)}


@pytest.fixture
def site(make: Build) -> Site:
    """The default preset in a host that has a page for each permission, one for all members and one for everybody."""
    made = make()
    for name in PERMISSIONS:
        made.app.add_url_rule(f"/only/{name}", f"only_{name}", requires(name)(lambda: "open"))
    made.app.add_url_rule("/members", "members", requires()(lambda: "open"))
    made.app.add_url_rule("/everybody", "everybody", public(lambda: "open"))
    return made


def needs_of(site: Site, rule: Rule) -> str | None:
    """What the table says of a route; ``None`` for one that says nothing, and ``""`` for one that needs no account."""
    screens = {f"acct.{name.replace('.', '_')}": screen for name, screen in site.acct.platform.declared.screens.items()}
    if rule.endpoint in screens:
        return screens[rule.endpoint].needs
    view = site.app.view_functions[rule.endpoint]
    return (view.acct_permission or "member") if hasattr(view, "acct_permission") else None


def table(site: Site) -> list[tuple[Rule, str]]:
    found = [(rule, needs_of(site, rule)) for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return [(rule, needs) for rule, needs in found if needs is not None]


def grant(site: Site, who: User, granted: tuple[str, ...]) -> None:
    with site.acct.database.session() as db:
        db.query(Membership).filter_by(user_id=who.id).one().permissions = list(granted)
        db.commit()


# --- The table --------------------------------------------------------------------------------------------------


def test_the_table_has_rows_for_every_permission_and_place(site: Site) -> None:
    assert set(PERMISSIONS) | {"member", "owner", "sub_user", ""} == {needs for _, needs in table(site)}


@pytest.mark.long
def test_every_subset_of_the_permissions_opens_what_the_table_says(site: Site) -> None:
    """All 2,048 of them at the door of every route, in process."""
    doors = [(rule.rule, needs, door(site, rule)) for rule, needs in table(site) if needs]
    wrong, asked = [], 0
    for granted in SUBSETS:
        with site.app.test_request_context("/"):
            g.acct_present = present(site, granted)
            for path, needs, opens in doors:
                asked += 1
                if opens() != is_open(needs, granted):
                    wrong.append((granted, path))
    assert wrong[:5] == []
    assert len(SUBSETS) == 2048
    assert asked == 2048 * len(doors)


def present(site: Site, granted: tuple[str, ...]) -> CurrentSession:
    """Bob in Alice's account, allowed so much."""
    now, people = site.clock(), site.people
    session = UserSession(id=1, user_id=people.bob.id, account_id=people.account.id, purpose="full", last_used_at=now)
    place = Membership(is_owner=False, permissions=list(granted))
    return CurrentSession(session, people.bob, people.account, place, now)


def door(site: Site, rule: Rule) -> Callable[[], bool]:
    """Says whether a route lets the one who is here through: asks a host's view, or the controller of screens."""
    screens = site.acct.platform.declared.screens.values()
    screen = next((one for one in screens if rule.endpoint == f"acct.{one.name.replace('.', '_')}"), None)
    view = site.app.view_functions[rule.endpoint]

    def opens() -> bool:
        try:
            return dispatch.stopped(dispatch.page_of(screen)) is None if screen else view() is not None
        except Forbidden:
            return False

    return opens


@pytest.mark.parametrize("granted", NOTABLE, ids=lambda granted: "+".join(granted) or "none")
def test_the_notable_subsets_open_over_http_what_the_table_says(site: Site, granted: tuple[str, ...]) -> None:
    """None, each single one, and all: every route, and for each form sending it as well."""
    grant(site, site.people.bob, granted)
    ids = objects(site, site.people.account.id, site.people.bob)
    answers, wanted = {}, {}
    for rule, needs in table(site):
        path = filled(rule, ids)
        for method in {"GET", "POST"} & (rule.methods or set()):
            # Each route meets somebody who has just signed in, for some of them sign out, or leave.
            bob = site.visitor(site.people.bob)
            bob.client.get("/account/password/change")
            answer = bob.client.open(path, method=method, data={"acct_account": "9000"})
            assert answer.status_code < 500, (path, method)
            answers[path, method] = answer.status_code == 403 and Read(answer).screen == "error.forbidden"
            wanted[path, method] = not is_open(needs, granted)
    assert {key: value for key, value in answers.items() if value != wanted[key]} == {}


@pytest.mark.parametrize("granted", NOTABLE, ids=lambda granted: "+".join(granted) or "none")
def test_the_pages_of_the_sample_open_to_the_notable_subsets_as_they_require(
    granted: tuple[str, ...], database_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host's own pages, as they are shipped, with rows in them."""
    app = sample(database_url, now, monkeypatch)
    bob = app.test_client(user=settled(app, now, granted))
    wrong = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if "GET" in (rule.methods or ()) and hasattr(view, "acct_permission"):
            status = bob.get(re.sub(r"<(?:\w+:)?\w+>", "1", rule.rule)).status_code
            assert status < 500, rule.rule
            if (status == 403) == is_open(view.acct_permission or "member", granted):
                wrong[rule.rule] = status
    assert wrong == {}


def sample(url: str, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Flask:
    settings = {"ACCT_CONFIG": "client-area", "ACCT_DATABASE_URL": url, "FLASK_SECRET_KEY": SECRET_KEY}
    for name, value in {**settings, "FLASK_ACCT_WORKER": "false"}.items():
        monkeypatch.setenv(name, value)
    from sample_app import create_app

    app = create_app()
    app.test_client_class = AcctClient
    app.extensions["acct"].clock = lambda: now
    return app


def settled(app: Flask, now: datetime, granted: tuple[str, ...]) -> User:
    """Bob, allowed so much in an account that has something of each kind."""
    from sample_app.sample import fill

    acct = app.extensions["acct"]
    with acct.database.session() as db:
        people = settle(db=db, config=acct.platform.config, now=now)
        db.query(Membership).filter_by(user_id=people.bob.id).one().permissions = list(granted)
        db.commit()
    fill(app)
    return people.bob


def test_a_permission_nobody_knows_any_more_opens_nothing(make: Build) -> None:
    site = make()
    site.app.add_url_rule("/reports", "reports", requires("reports")(lambda: "open"))
    grant(site, site.people.bob, ("reports",))
    assert [site.visitor(who).open("/reports").status for who in (site.people.bob, site.people.alice)] == [403, 200]


# --- Two accounts -----------------------------------------------------------------------------------------------


def objects(site: Site, account_id: int, who: User) -> dict[str, int]:
    """One thing of each kind that an address can name, in an account; by the name of the parameter."""
    now = site.clock()
    with site.acct.database.session() as db:
        other = add_user(site.acct.scope(db), f"other{account_id}@example.com", username=f"other{account_id}")
        member = Membership(user_id=other.id, account_id=account_id, permissions=[], created_at=now)
        address = f"somebody{account_id}@example.org"
        invitation = Invitation(account_id=account_id, email=address, email_key=address, state="pending",
                                created_at=now, sent_at=now, expires_at=now)  # fmt: skip
        transfer = Transfer(account_id=account_id, from_id=who.id, to_id=other.id, state="pending", created_at=now,
                            expires_at=now)  # fmt: skip
        contact = Contact(account_id=account_id, email=address, email_key=address, created_at=now, changed_at=now)
        mail = OutboxMail(message_id=f"acct.{account_id}", mail="contacts.message", recipient=address, locale="en",
                        account_id=account_id, category="invoices", next_attempt_at=now, created_at=now,
                        sent_at=now, state="sent", slots={"subject": "x", "text": ["x"], "button": "x"})  # fmt: skip
        db.add_all([member, invitation, transfer, contact, mail])
        db.commit()
        return {
            "member": member.user_id, "invitation": invitation.id, "transfer": transfer.id, "contact": contact.id,
            "mail": mail.id,
        }  # fmt: skip


def filled(rule: Rule, ids: dict[str, int]) -> str:
    """The address of a route, its parameters filled in; the test must be told of a new kind of thing."""
    unknown = {name for name in rule.arguments if name not in ids and f"<int:{name}>" in rule.rule}
    assert not unknown, f"{rule.rule}: say in objects() what {unknown} is"
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids.get(found[1], "nothing")), rule.rule)


def id_routes(site: Site) -> list[Rule]:
    """Every route of ours with an id."""
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("acct.")]
    return [rule for rule in rules if "<int:" in rule.rule]


def test_what_is_anothers_answers_as_what_never_was_byte_for_byte(site: Site) -> None:
    """Whoever asks, for what is in Charlie's account: Alice the owner of another, Bob with every permission, nobody."""
    people = site.people
    grant(site, people.bob, PERMISSIONS)
    theirs = objects(site, people.other_account.id, people.charlie)
    missing = dict.fromkeys(theirs, 10**6)
    routes = id_routes(site)
    assert len(routes) >= 6
    for rule in routes:
        for who in (people.alice, people.bob, None):
            answers = {told(site, who, filled(rule, ids)) for ids in (theirs, missing)}
            assert len(answers) == 1, (rule.rule, who and who.username)


def told(site: Site, who: User | None, path: str) -> tuple[Any, ...]:
    """All that can be told of the answers to a look and to a form, what was asked itself aside."""
    visitor = site.visitor(who)
    visitor.open("/account/password/change")
    before = site.rows("acct_session")
    look = visitor.client.get(path, base_url=site.root)
    sent = visitor.post(path, {"acct_account": "9000"})
    assert site.rows("acct_session") == before
    return tuple(
        (one.status_code, tuple(sorted(one.headers.keys())), plain(one.get_data(as_text=True), path),
         plain(one.headers.get("Location", ""), path))
        for one in (look, sent)
    )  # fmt: skip


def plain(body: str, path: str) -> str:
    """Without the form's token, and the address that was asked for."""
    body = re.sub(r'(name="csrf_token" value=)"[^"]*"', r'\1""', body)
    return body.replace(path, "").replace(path.replace("/", "%2F"), "")


@pytest.mark.parametrize("id_", [2**31, 10**30, 0])
def test_an_id_that_no_row_can_have_is_not_there(site: Site, id_: int) -> None:
    alice = site.visitor(site.people.alice)
    found = {rule.rule: alice.open(re.sub(r"<int:\w+>", str(id_), rule.rule)).status for rule in id_routes(site)}
    assert set(found.values()) == {404}


# --- The page that refuses --------------------------------------------------------------------------------------


def refused(site: Site, *granted: str, path: str = "/only/invoices") -> Read:
    grant(site, site.people.bob, granted)
    return site.visitor(site.people.bob).open(path)


def test_the_refusal_names_the_permission_the_account_and_whom_to_ask(site: Site) -> None:
    page = refused(site, "domains")
    said = page.element("error.forbidden.permission").text
    words = (site.say("users.permission.invoices"), "Ortega Bakery", "Alice Ortega")
    assert page.status == 403
    assert [word for word in words if word not in said] == []


def test_the_refusal_leads_to_what_is_open(site: Site) -> None:
    page = refused(site, "domains", "contacts")
    doors = {node.acct: node.attributes.get("href") for node in page.nodes if node.acct.startswith("users.permission.")}
    assert doors == {"users.permission.contacts": "/account/contacts", "users.permission.domains": "/only/domains"}


def test_who_may_do_nothing_reads_so_and_finds_the_way_back(site: Site) -> None:
    page = refused(site)
    assert page.says("error.forbidden.nothing")
    assert page.link(site.say("error.page.home")) == "/"


def test_a_page_for_the_owner_names_the_owner(site: Site) -> None:
    page = refused(site, *PERMISSIONS, path="/account/users")
    assert "Alice Ortega" in page.element("error.forbidden.owner").text


def test_a_refusal_of_the_hosts_own_says_less(site: Site) -> None:
    page = site.visitor(site.people.bob).open("/abort/403")
    assert page.status == 403
    assert page.screen == "error.forbidden"
    assert not page.says("error.forbidden.allowed")


def test_a_script_is_told_what_is_missing(site: Site) -> None:
    answer = site.visitor(site.people.bob).open("/only/invoices", Accept="application/json").response
    assert answer.status_code == 403
    assert answer.get_json() == {"error": "forbidden", "needs": "invoices"}


# --- Rules for every route --------------------------------------------------------------------------------------


@pytest.fixture
def bare(make: Build) -> Flask:
    """A host's app in which every route has a rule."""
    app = make().app
    for endpoint in ("home", "me", "boom", "trouble"):
        public(app.view_functions[endpoint])
    return app


def test_an_app_whose_routes_all_have_a_rule_has_no_problems(bare: Flask) -> None:
    assert list(problems(bare)) == []


def test_a_route_without_a_rule_is_named(bare: Flask) -> None:
    bare.add_url_rule("/secret/<int:id_>", "secret", lambda id_: "open")
    (problem,) = problems(bare)
    assert problem.startswith("/secret/<int:id_> (secret) says nothing about who may open it.")


def test_a_rule_with_a_slip_of_the_pen_is_named_with_what_was_meant(bare: Flask) -> None:
    bare.add_url_rule("/typo", "typo", requires("invoces")(lambda: "open"))
    (problem,) = problems(bare)
    assert "/typo (typo)" in problem
    assert 'Did you mean "invoices"?' in problem


def test_each_method_of_a_class_needs_a_rule_unless_the_class_has_one(bare: Flask) -> None:
    class Half(MethodView):
        @requires("orders")
        def get(self) -> str:
            return "open"

        def post(self) -> str:
            return "open to all"

    class Whole(Half):
        decorators = (requires("orders"),)

    bare.add_url_rule("/half", view_func=Half.as_view("half"))
    bare.add_url_rule("/whole", view_func=Whole.as_view("whole"))
    assert [problem.split()[0] for problem in problems(bare)] == ["/half"]


def test_only_the_account_area_is_asked_where_a_host_has_one(make: Build) -> None:
    site = make()
    site.acct.area = ("/clients",)
    for path in ("/clients", "/clients/invoices", "/clientside", "/shop"):
        site.app.add_url_rule(path, path, lambda: "open")
    assert [problem.split()[0] for problem in problems(site.app)] == ["/clients", "/clients/invoices"]


# --- In templates -----------------------------------------------------------------------------------------------


def shown(site: Site, visitor: Visitor, permission: str) -> str:
    source = f'{{% if "{permission}" is permitted %}}yes{{% else %}}no{{% endif %}}'
    site.app.view_functions["everybody"] = public(lambda: render_template_string(source))
    return visitor.open("/everybody").response.get_data(as_text=True)


def test_a_template_asks_for_a_permission(site: Site) -> None:
    grant(site, site.people.bob, ("invoices",))
    people: Iterator[User | None] = iter((site.people.alice, site.people.bob, site.people.charlie, None))
    assert [shown(site, site.visitor(who), "invoices") for who in people] == ["yes", "yes", "yes", "no"]
    assert shown(site, site.visitor(site.people.bob), "orders") == "no"


def test_a_template_that_is_kept_answers_each_visitor_anew(site: Site) -> None:
    """Jinja works out once, while it compiles, what needs no context."""
    kept: dict[str, Any] = {}

    @public
    def draw() -> str:
        if not kept:
            source = "{{ 'invoices' is permitted }} {{ ['invoices']|select('permitted')|list }}"
            kept["template"] = site.app.jinja_env.from_string(source)
        return str(kept["template"].render())

    site.app.add_url_rule("/kept", "kept", draw)
    people = (None, site.people.alice, None, site.people.alice)
    shown = [site.visitor(who).open("/kept").response.get_data(as_text=True) for who in people]
    assert shown == ["False []", "True [&#39;invoices&#39;]"] * 2


def test_a_template_that_asks_for_what_there_is_not_is_a_fault_to_mend(site: Site) -> None:
    site.app.testing = True
    with pytest.raises(UnknownPermission, match=r'Did you mean "invoices"\?'):
        shown(site, site.visitor(site.people.alice), "invoces")


def test_a_place_is_no_permission_of_a_hosts(make: Build) -> None:
    words = {"label": {"en": "X", "es": "X", "it": "X"}}
    for name in ("owner", "member", "sub_user", "invoices", "Bad name"):
        with pytest.raises(ValueError, match=r"shipped already|means a place|not a name"):
            Config.model_validate({"users": {"permissions": {name: words}}})


def test_a_stranger_with_all_permissions_elsewhere_has_none_here(site: Site) -> None:
    """The permission is of the account in view, not of the user."""
    with site.acct.database.session() as db:
        add_member(site.acct.scope(db), site.people.charlie, site.people.account)
        db.commit()
    charlie = site.visitor()
    charlie.client.sign_in(site.people.charlie, site.people.account)  # type: ignore[attr-defined]
    assert charlie.open("/only/invoices").status == 403
