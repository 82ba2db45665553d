"""While public_url is this machine, nobody else is answered; and no mount point leads to another host."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_acct.extension import Acct
from flask_acct.security.startup import Unsafe
from flask_acct.web import fragments

from ..scopes import SECRET_KEY
from .site import Build, Site
from .visitor import Read

STRANGERS = ["203.0.113.9", "192.168.1.5", "10.0.0.7", "172.17.0.1", "2001:db8::1", "fe80::1",
             "::ffff:203.0.113.9"]  # fmt: skip
HERE = ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "", None]
OTHER_HOSTS = [
    "clients.example.com", "192.168.1.5:5000", "localhost.example.com", "evil.example", "[2001:db8::1]", "[::1", "a b",
]  # fmt: skip
PATHS = [
    "/account/login", "/account/recover/password", "/account/me", "/mailbox", "/help/", "/help/counts.json?locale=es",
]  # fmt: skip


def asked(site: Site, path: str = "/account/login", address: str | None = "127.0.0.1", host: str = "localhost") -> Any:
    client = site.app.test_client()
    return client.get(path, headers={"Host": host}, environ_overrides={"REMOTE_ADDR": address})


@pytest.mark.parametrize("address", STRANGERS)
def test_who_comes_from_another_machine_is_told_that_it_is_not_open_yet(site: Site, address: str) -> None:
    page = Read(asked(site, address=address))
    assert page.status == 421
    assert page.screen == "error.only_here"
    assert "ACCT_PUBLIC_URL" in page.text


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_who_asks_for_another_host_is_told_so_too(site: Site, host: str) -> None:
    """A proxy on the same machine stands before it, or a page elsewhere had its own name point here."""
    assert asked(site, host=host).status_code == 421


@pytest.mark.parametrize("address", HERE)
@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "127.0.0.1:8000", "[::1]:80", "one.localhost", "LOCALHOST"]
)
def test_who_is_at_the_machine_is_answered(site: Site, address: str | None, host: str) -> None:
    assert asked(site, address=address, host=host).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_no_page_of_ours_answers_elsewhere(make: Build, tmp_path: Path, path: str) -> None:
    (tmp_path / "csp.txt").write_text("default-src 'none'\n")
    site = make(ACCT_DEMO=True, ACCT_HELP_SITE=str(tmp_path))
    client, stranger = site.app.test_client(), {"REMOTE_ADDR": "203.0.113.9"}
    methods = ("GET", "POST", "HEAD")
    answers = [client.open(path, method=one, environ_overrides=stranger).status_code for one in methods]
    assert answers in ([421, 421, 421], [421, 405, 421])


def test_a_form_of_a_stranger_does_nothing(site: Site) -> None:
    before = site.rows()
    sent = {"identifier": "alice@example.com", "password": "x"}
    answer = site.app.test_client().post("/account/login", data=sent, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 421
    assert site.rows() == before


def test_a_script_is_told_in_its_own_words(site: Site) -> None:
    answer = site.app.test_client().get(
        "/account/login", headers={"X-Requested-With": "XMLHttpRequest"}, environ_overrides={"REMOTE_ADDR": "10.0.0.7"}
    )
    assert answer.status_code == 421


def test_the_operator_is_told_once(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        asked(site, address="203.0.113.9")
    (record,) = [one for one in caplog.records if "ACCT_PUBLIC_URL" in one.getMessage()]
    assert record.levelname == "ERROR"
    assert "203.0.113.9" not in record.getMessage()


def test_the_pages_of_the_host_are_its_own_affair(site: Site) -> None:
    assert asked(site, "/", address="203.0.113.9", host="clients.example.com").status_code == 200


def test_the_page_that_says_so_has_its_looks(site: Site) -> None:
    page = Read(asked(site, address="203.0.113.9"))
    styles = [node.attributes["href"] for node in page.nodes if node.tag == "link"]
    answers = [asked(site, style, address="203.0.113.9") for style in styles]
    assert [(answer.status_code, answer.close()) for answer in answers] == [(200, None)] * len(styles)


@pytest.mark.parametrize("address", [*STRANGERS, *HERE])
def test_a_site_that_is_public_answers_everybody(secure_site: Site, address: str | None) -> None:
    client = secure_site.app.test_client()
    answer = client.get("https://clients.example.com/account/login", environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 200


@pytest.mark.parametrize("networks", [["172.17.0.0/16", "192.168.1.7/24"], "172.17.0.0/16, 192.168.1.0/24"])
def test_a_network_that_is_named_counts_as_this_machine(make: Build, networks: object) -> None:
    site = make(ACCT_LOCAL_NETWORKS=networks)
    found = [asked(site, address="172.17.0.1"), asked(site, address="192.168.1.9", host="192.168.1.5:5000")]
    found += [asked(site, address="172.18.0.1"), asked(site, address="172.17.0.1", host="evil.example")]
    assert [answer.status_code for answer in found] == [200, 200, 421, 421]


@pytest.mark.parametrize("networks", ["x", ["x"], 7, ["0.0.0.0/0"], "8.8.8.0/24", ["::/0"]])
def test_the_world_is_no_network_of_ones_own(networks: object) -> None:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET_KEY, ACCT_WORKER=False, ACCT_LOCAL_NETWORKS=networks)
    with pytest.raises(Unsafe, match="ACCT_LOCAL_NETWORKS"):
        Acct(app, config="client-area")


MOUNTS = ["//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "//evil.example/x", "https://evil.example",
          "evil.example", "/a\tb", "/a b", "/a?b", "/a#b", "//"]  # fmt: skip


@pytest.fixture(params=["server", "proxy"])
def mounted(request: pytest.FixtureRequest, site: Site) -> Callable[[str, str], Any]:
    """Asks for a path below a mount point, which the server or a trusted proxy names."""
    if request.param == "server":
        return lambda path, mount: site.app.test_client().get(path, environ_overrides={"SCRIPT_NAME": mount})
    site.app.wsgi_app = ProxyFix(site.app.wsgi_app, x_prefix=1)  # type: ignore[method-assign]
    return lambda path, mount: site.app.test_client().get(path, headers={"X-Forwarded-Prefix": mount})


@pytest.mark.parametrize("mount", MOUNTS)
def test_no_mount_point_leads_to_another_host(mounted: Callable[[str, str], Any], mount: str) -> None:
    for path in ("/account/login", "/account/me", "/", "/account/none", "/services", "/account/password/set?token=x"):
        answer = mounted(path, mount)
        assert answer.status_code < 500
        assert answer.headers.get("Location", "/account/").startswith(("/account/", "/a?b/account/"))
        page = Read(answer)
        links = [node.attributes.get(name, "/x") for node in page.nodes for name in ("href", "src", "action")]
        assert [link for link in links if "evil" in link or link.startswith(("//", "/\\"))] == []


@pytest.mark.parametrize("mount", ["/clients", "/a/b", "/clientes-é"])
def test_a_proper_mount_point_is_where_everything_is(mounted: Callable[[str, str], Any], mount: str) -> None:
    answer = mounted("/account/me", mount)
    assert answer.headers["Location"].startswith("/clients/" if mount == "/clients" else "/")
    assert "/account/login" in answer.headers["Location"]


def test_many_mount_points_fill_no_memory(site: Site) -> None:
    client = site.app.test_client()
    for number in range(60):
        client.get("/account/login", environ_overrides={"SCRIPT_NAME": f"/m{number}"})
    assert len(site.acct.cache) < fragments.MOST
    site.acct.cache.update({("filler", number): "" for number in range(fragments.MOST)})
    full = len(site.acct.cache)
    for number in range(100, 120):
        page = Read(client.get("/account/login", environ_overrides={"SCRIPT_NAME": f"/m{number}"}))
        assert f"/m{number}/account/static/acct.css" in page.html
    assert len(site.acct.cache) == full
