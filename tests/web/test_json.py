"""The screens in JSON: for a script in a browser, which has cookies, and for an app, which has a secret of its own."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from flask_login import LoginManager, UserMixin
from flask_wtf import CSRFProtect

from flask_acct import config as configuration
from flask_acct.accounts.unsubscribing import MAC_LENGTH
from flask_acct.config import Config, ConfigError
from flask_acct.config.tables.api import Api
from flask_acct.db.models import Contact, UserSession
from flask_acct.testing import PASSWORD

from ..personas import NEW_PASSWORD
from .json_client import APP, Answer, Program, program
from .site import Build, Site

ON = Api(enabled=True, apps=True, openapi=True)


def speaking(api: Api = ON, preset: str = "client-area", **more: Any) -> Config:
    return configuration.preset(preset).model_copy(update={"api": api, **more})


@pytest.fixture
def site(make: Build) -> Site:
    return make(speaking())


@pytest.fixture(params=[False, True], ids=["browser", "app"])
def either(request: pytest.FixtureRequest, site: Site) -> Program:
    """A program of each kind in turn, signed in as Alice."""
    made = program(site, is_app=request.param)
    assert alice_signs_in(made, site).status == 200
    return made


def alice_signs_in(made: Program, site: Site, password: str = PASSWORD) -> Answer:
    return made.sign_in(site.identifier(site.people.alice), password)


def secret_in(letter: Any) -> str:
    """The secret of the link in a mail."""
    text = letter.get_body(("plain",)).get_content()
    return str(text.partition("?token=")[2].split()[0])


# --- Whether it is there --------------------------------------------------------------------------------------------


def test_screens_are_pages_until_acct_toml_says_otherwise(make: Build) -> None:
    site = make("client-area")
    answer = program(site).get("/account/login")
    assert answer.response.mimetype == "text/html"
    assert "Accept" not in answer.response.vary


def test_a_browser_gets_pages_where_json_is_on(site: Site) -> None:
    page = site.visitor().open("/account/login", Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert page.screen == "login.form"


def test_answers_differ_by_what_is_accepted_for_caches_too(site: Site) -> None:
    vary = program(site).get("/account/login").response.vary
    assert "Accept" in vary
    assert "Authorization" in vary


@pytest.mark.parametrize("key", ["apps", "openapi"])
def test_apps_and_the_description_need_json(key: str) -> None:
    with pytest.raises(ConfigError, match="enabled = true"):
        configuration.parse(f"[api]\n{key} = true\n")


# --- A screen -------------------------------------------------------------------------------------------------------


def test_a_screen_says_what_can_be_filled_in(site: Site) -> None:
    answer = program(site).get("/account/login", **{"Accept-Language": "en"})
    assert answer["screen"] == "login.form"
    assert answer["form"]["fields"] == ["identifier", "password"]
    field = answer.part("identifier")
    assert field["text"] == site.say("login.form.identifier", "en")
    assert field["kind"] == "field"
    assert field["required"] is True
    assert field["schema"]["maxLength"] == 254
    assert answer["form"]["submit"]["text"] == site.say("login.form.submit", "en")


@pytest.mark.parametrize("locale", ["en", "es", "it"])
def test_words_are_in_the_readers_language(site: Site, locale: str) -> None:
    answer = program(site).get("/account/login", **{"Accept-Language": locale})
    assert answer["locale"] == locale
    assert answer["title"] == site.say("login.form.title", locale)


def test_every_screen_that_opens_has_the_elements_of_its_page(any_speaking_site: Site) -> None:
    site = any_speaking_site
    made, visitor = program(site), site.alice()
    alice_signs_in(made, site)
    opened = 0
    for screen in site.acct.platform.declared.screens.values():
        if not screen.path or "<" in screen.path:
            continue
        answer = made.get(f"/account/{screen.path}")
        if answer.status != 200 or answer["next"] or not answer["parts"]:
            continue
        page = visitor.open(f"/account/{screen.path}")
        opened += 1
        missing = [one["id"] for one in answer["parts"] if one["id"] not in page.elements]
        assert missing == [], screen.name
    assert opened >= 8


@pytest.fixture(params=configuration.presets())
def any_speaking_site(request: pytest.FixtureRequest, make: Build) -> Site:
    return make(speaking(preset=request.param))


def test_rows_are_data_with_their_words_beside_it(either: Program) -> None:
    answer = either.get("/account/users")
    rows = answer["rows"]["members"]["rows"]
    alice, bob = rows[0], rows[1]
    assert alice["cells"][0] == {
        "value": {"name": "Alice Ortega", "email": "alice@example.com"},
        "text": "Alice Ortega (alice@example.com)",
    }
    assert [one["cells"][1]["value"] for one in (alice, bob)] == ["owner", "nothing"]
    assert alice["cells"][3]["value"].startswith("2026-")
    assert alice["actions"] == []
    assert [one["screen"] for one in bob["actions"]] == ["users.permissions", "users.remove"]
    assert bob["at"] == {"member": 2}
    assert answer.status == 200
    assert either.get(bob["actions"][0]["url"])["screen"] == "users.permissions"


def test_a_list_says_where_its_other_pages_are(either: Program) -> None:
    rows = "".join(f"c{number:02}@example.net\n" for number in range(30))
    sent = {"file": b64encode(f"email\n{rows}".encode()).decode()}
    onward = either.send("/account/contacts/import", sent, account="9000")["next"]
    assert either.send(onward["url"], {"categories": ["invoices"]}, account="9000").status == 200
    first = either.get("/account/contacts")["rows"]["all"]
    assert first["pages"] == 2
    second = either.get(first["next"])["rows"]["all"]
    assert second["page"] == 2
    assert second["next"] is None
    assert len(second["rows"]) == 5


def test_a_password_is_never_sent_back(site: Site) -> None:
    answer = alice_signs_in(program(site), site, "not the one")
    assert answer["form"]["values"] == {"identifier": site.identifier(site.people.alice)}
    assert "not the one" not in answer.response.get_data(as_text=True)


# --- Signing in and out ---------------------------------------------------------------------------------------------


def test_whoever_signs_in_is_told_where_to_go(either: Program) -> None:
    answer = either.sign_in("x", "y")
    assert answer.status == 409
    assert answer["next"]["url"] == "/"


def test_an_app_is_given_a_secret_and_no_cookie(site: Site) -> None:
    app = program(site, is_app=True)
    answer = alice_signs_in(app, site)
    assert answer["session"]["token"] == app.secret
    assert answer["csrf_token"] is None
    assert answer.response.headers.getlist("Set-Cookie") == []
    assert app.client.get("/me", headers={"Authorization": f"Bearer {app.secret}"}).get_json()["user"] == "alice"


def test_a_script_is_given_a_cookie_and_no_secret(site: Site) -> None:
    script = program(site)
    answer = alice_signs_in(script, site)
    assert "token" not in answer["session"]
    assert answer["session"]["account"] == "9000"
    assert script.client.get("/me").get_json()["user"] == "alice"


def test_the_token_of_the_sign_in_is_good_for_the_next_form(site: Site) -> None:
    script = program(site)
    alice_signs_in(script, site)
    assert script.send("/account/language", {"locale": "it"}).status == 200


def test_a_wrong_password_is_said_as_on_the_page(site: Site) -> None:
    answer = alice_signs_in(program(site), site, "wrong")
    assert answer.status == 422
    assert answer.message == "login.form.wrong"
    assert answer["session"] is None


def test_too_many_tries_wait_and_say_how_long(site: Site) -> None:
    app = program(site, is_app=True)
    answers = [alice_signs_in(app, site, f"wrong {number}") for number in range(12)]
    last = answers[-1]
    assert last.status == 429
    assert last.message == "login.form.too_many"
    assert int(last.response.headers["Retry-After"]) > 0


def test_a_session_ends_for_an_app_as_for_a_browser(site: Site, either: Program) -> None:
    site.clock.move(hours=3)
    answer = either.get("/account/contacts")
    assert answer.status == 401
    assert answer["error"] == "session_ended"
    assert answer["sign_in"] == "/account/login"
    assert answer["text"]
    assert answer.response.headers.get("WWW-Authenticate") == ("Bearer" if either.is_app else None)


def test_signing_out_ends_the_session_in_the_database(site: Site, either: Program) -> None:
    assert either.send("/account/logout").status == 200
    assert either.get("/account/contacts").status == 401
    with site.acct.database.session() as db:
        assert db.query(UserSession).count() == 0


def test_a_dead_secret_opens_nothing_and_stops_nobody_from_signing_in(site: Site) -> None:
    app = program(site, is_app=True)
    alice_signs_in(app, site)
    app.send("/account/logout")
    assert alice_signs_in(app, site).status == 200


def test_whoever_has_a_temporary_password_is_led_to_a_new_one(site: Site) -> None:
    script = program(site)
    script.client.must_set_password(site.people.alice)  # type: ignore[attr-defined]
    assert script.get("/account/contacts").status == 401
    answer = script.get("/account/password/set")
    assert answer["session"]["may_only_set_password"] is True
    done = script.send("/account/password/set", {"new": NEW_PASSWORD, "repeat": NEW_PASSWORD})
    assert done.message == "login.form.password_set"
    assert done["session"] is None
    assert alice_signs_in(script, site, NEW_PASSWORD)["session"]["account"] == "9000"


# --- Cookies, tokens and other sites --------------------------------------------------------------------------------


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    script = program(site)
    script.get("/account/login")
    script.token = ""
    answer = alice_signs_in_without_looking(script, site)
    assert answer.status == 400
    assert answer.message == "shell.form.foreign"


def alice_signs_in_without_looking(made: Program, site: Site) -> Answer:
    return made.send("/account/login", {"identifier": site.identifier(site.people.alice), "password": PASSWORD})


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_a_page_of_another_site_sends_nothing(site: Site, headers: dict[str, str]) -> None:
    script = program(site, headers=headers)
    script.get("/account/login")
    assert alice_signs_in_without_looking(script, site).message == "shell.form.foreign"


def test_an_apps_cookies_are_not_read(site: Site) -> None:
    script = program(site)
    alice_signs_in(script, site)
    script.is_app = True
    assert script.get("/account/contacts").status == 401


def test_the_header_of_an_app_means_nothing_where_apps_are_off(make: Build) -> None:
    site = make(speaking(Api(enabled=True)))
    app = program(site, is_app=True)
    app.get("/account/login")
    answer = alice_signs_in_without_looking(app, site)
    assert answer.status == 400
    assert (answer["session"] or {}).get("token") is None


def test_a_secret_opens_nothing_where_apps_are_off(make: Build) -> None:
    site = make(speaking(Api(enabled=True)))
    script = program(site)
    alice_signs_in(script, site)
    cookie = script.client.get_cookie("acct")
    assert cookie is not None
    response = site.app.test_client().get("/me", headers={"Authorization": f"Bearer {cookie.value}"})
    assert response.get_json()["user"] is None


def test_an_app_is_refused_where_others_can_read_along(make: Build) -> None:
    site = make(speaking(), ACCT_PUBLIC_URL="https://clients.example.com")
    app = program(site, is_app=True)
    assert alice_signs_in(app, site).status == 200
    app.root = "http://localhost"
    answer = app.get("/account/contacts")
    assert answer.status == 403
    assert answer["error"] == "not_secure"
    assert "ProxyFix" in answer["detail"]
    headers = {"Authorization": f"Bearer {app.secret}"}
    assert app.client.get("/me", headers=headers, base_url="http://localhost").get_json()["user"] is None


def test_a_secret_that_others_could_read_is_not_replaced_by_a_cookie(make: Build) -> None:
    staff = {"prepare": lambda app: LoginManager(app).user_loader(lambda _id: Staff())}
    site = make(speaking(), ACCT_PUBLIC_URL="https://clients.example.com", **staff)
    app = program(site, is_app=True)
    alice_signs_in(app, site)
    with app.client.session_transaction(base_url=site.root) as held:
        held["_user_id"] = "7"
    name = site.app.config["SESSION_COOKIE_NAME"]
    cookie = app.client.get_cookie(name)
    assert cookie is not None
    sent, bare = {"Cookie": f"{name}={cookie.value}"}, site.app.test_client(use_cookies=False)
    assert bare.get("/me", headers=sent).get_json() == {"user": "staff"}
    bearer = {"Authorization": f"Bearer {app.secret}"}
    assert bare.get("/me", headers={**sent, **bearer}).get_json() == {"user": None}


def test_a_program_is_told_in_json_where_a_host_wants_no_error_pages_of_ours(make: Build) -> None:
    site = make(speaking(), options={"errors": "none"})
    answer = program(site, is_app=True).post("/account/login", [])
    assert answer.status == 400
    assert answer["error"] == "malformed"


@pytest.mark.parametrize("token", ["", "x", "eyJhbGciOi.of.the.host", "a" * 300, "\u00e9"])
def test_a_token_of_the_hosts_own_is_left_alone(site: Site, token: str) -> None:
    script = program(site)
    alice_signs_in(script, site)
    assert script.client.get("/me", headers={"Authorization": f"Bearer {token}"}).get_json()["user"] == "alice"


def test_a_hosts_csrf_protection_asks_no_token_of_an_app(make: Build) -> None:
    site = make(speaking(), prepare=CSRFProtect)
    app = program(site, is_app=True)
    alice_signs_in(app, site)
    live = {"Authorization": f"Bearer {app.secret}"}
    assert app.client.post("/invoices", json={}, headers=live).status_code == 200
    assert app.client.post("/invoices", json={}, headers=APP).status_code == 400
    app.send("/account/logout")
    assert app.client.post("/invoices", json={}, headers=live).status_code == 400


class Staff(UserMixin):  # type: ignore[misc]
    id = "7"
    username = "staff"


def test_an_app_is_nobody_by_a_cookie_of_the_hosts(make: Build) -> None:
    site = make(speaking(), prepare=lambda app: LoginManager(app).user_loader(lambda _id: Staff()))
    client = site.app.test_client()
    with client.session_transaction() as held:
        held["_user_id"] = "7"
    assert client.get("/me").get_json() == {"user": "staff"}
    assert client.get("/me", headers=APP).get_json() == {"user": None}


def test_an_app_that_signed_in_before_is_not_kept_out_by_strangers(make: Build) -> None:
    site = make(speaking(), ACCT_PUBLIC_URL="https://clients.example.com")
    app = program(site, is_app=True)
    known = alice_signs_in(app, site)["session"]["known_as"]
    app.send("/account/logout")
    app.secret = ""
    wrong = {"identifier": site.identifier(site.people.alice), "password": "wrong"}
    for number in range(101):
        elsewhere = {"REMOTE_ADDR": f"11.{number}.0.9"}
        how: dict[str, Any] = {"base_url": site.root, "headers": APP, "environ_overrides": elsewhere}
        site.app.test_client().post("/account/login", json={"fields": wrong}, **how)
    assert alice_signs_in(app, site).status == 429
    app.headers["X-Acct-Known"] = known
    assert alice_signs_in(app, site).status == 200


def test_a_hosts_answer_differs_by_the_secret_of_an_app(site: Site) -> None:
    app = program(site, is_app=True)
    alice_signs_in(app, site)
    vary = app.client.get("/me", headers={"Authorization": f"Bearer {app.secret}"}).vary
    assert "Authorization" in vary
    assert "X-Acct-Client" in vary


def test_an_error_differs_by_what_is_accepted(site: Site) -> None:
    assert "Accept" in program(site).get("/account/nothing").response.vary


@pytest.mark.parametrize("body", [{"link": ""}, {"link": "", "next": "/"}, {"link": "", "account": "9000"}])
@pytest.mark.parametrize("path", ["logout", "contacts/1/remove", "invitation/decline", "unsubscribe/x"])
def test_nothing_is_sent_without_fields(either: Program, path: str, body: dict[str, str]) -> None:
    answer = either.post(f"/account/{path}", body)
    assert answer.status == 400
    assert answer["error"] == "malformed"
    assert either.get("/account/contacts").status == 200


@pytest.mark.parametrize("signed", [f"contact.1.invoices.{'a' * MAC_LENGTH}", "x"])
def test_a_field_that_there_is_not_is_refused_where_an_address_is_enough(site: Site, signed: str) -> None:
    answer = program(site).post(f"/account/unsubscribe/{signed}", {"fields": {"a": "b"}})
    assert answer.status == 400
    assert answer["message"]["id"] == "shell.form.foreign"


def test_a_link_that_is_only_followed_unsubscribes_nobody(site: Site) -> None:
    answer = program(site).post("/account/unsubscribe/x", {"link": "x"})
    assert answer.status == 400
    assert answer["error"] == "malformed"


# --- Forms ----------------------------------------------------------------------------------------------------------


def test_what_is_wrong_is_said_by_field(either: Program) -> None:
    answer = either.send("/account/contacts/new", {"email": "nobody", "phone": "x"}, account="9000")
    assert answer.status == 422
    assert answer.message == "shell.form.problems"
    assert answer.errors == {
        "email": "shell.form.not_an_email",
        "categories": "shell.form.none_ticked",
        "phone": "shell.form.not_a_phone_anywhere",
    }
    assert answer["form"]["values"]["email"] == "nobody"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": 5}, "shell.form.wrong_type"),
        ({"email": None}, "shell.form.wrong_type"),
        ({"email": ["a@example.net"]}, "shell.form.wrong_type"),
        ({"email": {"$ne": ""}}, "shell.form.wrong_type"),
        ({"email": True}, "shell.form.wrong_type"),
        ({"email": "a\u0000@example.net"}, "shell.form.not_text"),
        ({"email": "\ud800@example.net"}, "shell.form.not_text"),
        ({}, "shell.form.required"),
    ],
)
def test_a_value_of_another_type_is_told_at_its_field(either: Program, fields: dict[str, Any], wrong: str) -> None:
    answer = either.send("/account/contacts/new", fields, account="9000")
    assert answer.status == 422
    assert answer.errors["email"] == wrong


@pytest.mark.parametrize("categories", ["invoices", [1], [["invoices"]], ["invoices", "invoices"], {"invoices": True}])
def test_boxes_are_a_list_of_names_each_once(either: Program, categories: Any) -> None:
    answer = either.send("/account/contacts/new", {"email": "a@example.net", "categories": categories}, account="9000")
    assert answer.errors == {"categories": "shell.form.wrong_type"}


def test_a_field_that_is_not_there_is_told(either: Program) -> None:
    sent = {"email": "a@example.net", "categories": ["invoices"], "is_owner": True}
    answer = either.send("/account/contacts/new", sent, account="9000")
    assert answer.errors == {"is_owner": "shell.form.unknown_field"}


def test_a_contact_is_added_and_the_message_is_in_the_answer(site: Site, either: Program) -> None:
    fields = {"email": "new@example.net", "first_name": "Nora", "categories": ["invoices"]}
    answer = either.send("/account/contacts/new", fields, account="9000")
    assert answer.status == 200
    assert answer.message == "contacts.list.added"
    assert answer["next"]["screen"] == "contacts.list"
    assert either.get("/account/contacts").message is None
    with site.acct.database.session() as db:
        (contact,) = db.query(Contact).all()
        assert contact.email == "new@example.net"


def test_a_file_is_sent_in_base64_and_one_to_keep_comes_as_text(either: Program) -> None:
    csv = b"email,first_name\nnew@example.net,Nora\n"
    onward = either.send("/account/contacts/import", {"file": b64encode(csv).decode()}, account="9000")["next"]
    assert onward["screen"] == "contacts.check"
    preview = either.get(onward["url"])
    assert preview["rows"]["preview"]["rows"][0]["key"] == "new@example.net"
    assert preview["form"]["values"]["columns"] == ["email", "first_name"]
    answer = either.send(onward["url"], {"categories": ["invoices"]}, account="9000")
    assert answer.message == "contacts.list.imported"
    kept = either.get("/account/contacts/export")["file"]
    assert kept["media_type"] == "text/csv"
    assert "new@example.net" in kept["content"]


@pytest.mark.parametrize("content", ["no base64!", "YQ", 7])
def test_a_file_that_is_not_in_base64_is_told(either: Program, content: object) -> None:
    answer = either.send("/account/contacts/import", {"file": content}, account="9000")
    assert answer.errors["file"] == "shell.form.wrong_type"


@pytest.mark.parametrize("account", [None, "9001", "", "x"])
def test_a_form_says_which_account_it_is_for(either: Program, account: str | None) -> None:
    more = {} if account is None else {"account": account}
    answer = either.send("/account/contacts/new", {"email": "new@example.net"}, **more)
    assert answer.status == 409
    assert answer["error"] == "other_account"
    assert ("detail" in answer.said) is (account is None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([], "must be an object"),
        ("text", "must be an object"),
        ({}, '"fields" is missing'),
        ({"fields": []}, '"fields" must be an object'),
        ({"fields": {}, "account": 9000}, '"account" must be text'),
        ({"fields": {}, "next": "\ud800"}, '"next" must be text'),
        ({"fields": {}, "more": 1}, "nobody reads"),
        ({"fields": {}, "link": "x" * 101}, "longer than 100"),
        ({"fields": {}, "link": "x"}, "No link leads"),
    ],
)
def test_an_object_of_another_shape_is_told(either: Program, body: object, why: str) -> None:
    answer = either.post("/account/contacts/new", body)
    assert answer.status == 400
    assert answer["error"] == "malformed"
    assert why in answer["detail"]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 50_000, b"", b"NaN{"])
def test_what_is_no_json_is_told(site: Site, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "X-Acct-Client": "app"}
    response = site.app.test_client().post("/account/login", data=body, headers=headers)
    assert response.status_code == 400
    assert response.get_json()["error"] == "malformed"


def test_another_type_than_json_is_told(site: Site) -> None:
    headers = {"Content-Type": "text/plain", "Accept": "application/json"}
    response = site.app.test_client().post("/account/login", data=b"{}", headers=headers)
    assert response.status_code == 415
    assert response.get_json()["error"] == "malformed"


def test_more_than_a_form_holds_is_refused(site: Site) -> None:
    response = site.app.test_client().post("/account/login", json={"fields": {"identifier": "x" * 100_000}})
    assert response.status_code == 413


def test_a_long_list_of_fields_that_are_not_there_is_not_told_whole(site: Site) -> None:
    fields = {f"{number:x}": 0 for number in range(6000)}
    answer = program(site, is_app=True).send("/account/login", fields)
    assert answer.status == 422
    assert len(answer.response.data) < 20_000


def test_strangers_send_no_files(site: Site) -> None:
    body = {"fields": {"file": "A" * 100_000}, "account": "9000"}
    stranger, alice = program(site, is_app=True), program(site, is_app=True)
    alice_signs_in(alice, site)
    assert stranger.post("/account/contacts/import", body).status == 413
    assert alice.post("/account/contacts/import", body).status == 422


def test_a_file_that_is_too_large_is_told_at_its_field_or_refused(site: Site) -> None:
    alice = program(site, is_app=True)
    alice_signs_in(alice, site)
    sent = [b64encode(b"a" * size).decode() for size in (1_100_000, 3_000_000)]
    told, refused = (alice.send("/account/contacts/import", {"file": one}, account="9000") for one in sent)
    assert told.errors["file"] == "shell.form.too_large"
    assert refused.status == 413


def test_a_screen_that_is_only_looked_at_says_what_it_allows(either: Program) -> None:
    answer = either.send("/account/subscription")
    assert answer.status == 405
    assert answer["error"] == "not_allowed"
    assert answer.response.headers["Allow"] == "GET, HEAD, OPTIONS"


# --- What stays the same --------------------------------------------------------------------------------------------


def test_a_password_given_long_ago_is_asked_for_again(site: Site, either: Program) -> None:
    site.clock.move(minutes=site.config.session.reauthenticate_minutes - 1)
    either.get("/account/contacts")
    site.clock.move(minutes=2)
    invitation = {"email": "new@example.net", "grants": ["invoices"]}
    assert "password" in either.get("/account/users/invite")["form"]["fields"]
    assert either.send("/account/users/invite", invitation, account="9000").errors == {
        "password": "shell.form.required"
    }
    assert either.send("/account/users/invite", {**invitation, "password": "x"}, account="9000").status == 422
    done = either.send("/account/users/invite", {**invitation, "password": PASSWORD}, account="9000")
    assert done.message == "users.list.sent_to"


def test_a_permission_somebody_has_not_is_named(site: Site) -> None:
    bob = program(site, is_app=True)
    assert bob.sign_in(site.identifier(site.people.bob), PASSWORD).status == 200
    answer = bob.get("/account/users")
    assert answer.status == 403
    assert answer["error"] == "forbidden"
    assert answer["needs"] == "owner"
    assert answer["text"]


@pytest.mark.parametrize("is_app", [False, True])
def test_recovery_says_the_same_of_everybody(site: Site, is_app: bool) -> None:
    said = []
    for email in (site.people.alice.email, "nobod@example.com"):
        made = program(site, is_app=is_app)
        made.get("/account/recover/password")
        with site.statements() as ran:
            answer = made.send("/account/recover/password", {"email": email})
        headers = {name: value for name, value in answer.response.headers if name != "Set-Cookie"}
        body = {**answer.said, "csrf_token": "", "result": str(answer["result"]).replace(email, "…")}
        said.append((answer.status, body.keys(), headers, len(ran), answer.result))
    assert said[0] == said[1]
    assert said[0][-1] == "recovery.password.sent"


# --- Links in mails -------------------------------------------------------------------------------------------------


def recovered(made: Program, site: Site) -> str:
    """The secret that Alice is mailed."""
    made.get("/account/recover/password")
    made.send("/account/recover/password", {"email": site.people.alice.email})
    ((_, letter),) = site.letters()
    return secret_in(letter)


@pytest.mark.parametrize("is_app", [False, True])
def test_a_mails_link_is_followed_by_its_secret_in_the_body(site: Site, is_app: bool) -> None:
    made = program(site, is_app=is_app)
    secret = recovered(made, site)
    opened = made.post("/account/password/set", {"link": secret})
    assert opened.status == 200
    assert opened["form"]["takes_link"] is True
    # A script's browser remembers the link; an app sends it again.
    more = {"link": secret} if is_app else {}
    done = made.send("/account/password/set", {"new": NEW_PASSWORD, "repeat": NEW_PASSWORD}, **more)
    assert done.status == 200
    assert alice_signs_in(program(site), site, NEW_PASSWORD).status == 200


def test_the_secret_of_a_link_has_no_place_in_an_address(site: Site) -> None:
    made = program(site)
    secret = recovered(made, site)
    answer = made.get(f"/account/password/set?token={secret}")
    assert answer.status == 400
    assert "in the body" in answer["detail"]


def test_a_link_that_is_spent_is_said_to_be(site: Site) -> None:
    made = program(site, is_app=True)
    secret = recovered(made, site)
    typed = {"new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    made.send("/account/password/set", typed, link=secret)
    again = program(site, is_app=True).send("/account/password/set", typed, link=secret)
    assert again.status == 410
    assert again.message == "recovery.password.used"
    assert again["next"]["screen"] == "recovery.password"


def test_links_nobody_was_mailed_are_counted(make: Build) -> None:
    limits = configuration.preset("client-area").limits.model_copy(update={"dead_links_per_address_per_hour": 5})
    site = make(speaking(limits=limits))
    made = program(site, is_app=True)
    statuses = [made.post("/account/password/set", {"link": f"made up {number}"}).status for number in range(8)]
    assert statuses[-1] == 429


def test_an_invitation_is_accepted_by_an_app(site: Site, either: Program) -> None:
    either.send("/account/users/invite", {"email": "new@example.net", "grants": ["invoices"]}, account="9000")
    ((_, letter),) = [one for one in site.letters() if one[0] == "new@example.net"]
    guest = program(site, is_app=True)
    opened = guest.post("/account/invitation", {"link": secret_in(letter)})
    assert opened["screen"] == "users.invitation"
    typed = {"first_name": "Nora", "last_name": "Ruiz", "new": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    done = guest.send("/account/invitation", typed, link=secret_in(letter))
    assert done.result == "users.invitation.accepted"
    rows = either.get("/account/users")["rows"]["members"]["rows"]
    assert "Nora Ruiz" in [row["cells"][0]["value"]["name"] for row in rows]


def test_time_moves_a_session_of_an_app_on_as_it_is_used(site: Site) -> None:
    app = program(site, is_app=True)
    alice_signs_in(app, site)
    for _ in range(5):
        site.clock.move(minutes=site.config.session.idle_minutes - 1)
        assert app.get("/account/contacts").status == 200
    site.clock.now += timedelta(minutes=site.config.session.idle_minutes + 1)
    assert app.get("/account/contacts").status == 401
