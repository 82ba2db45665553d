"""The Redis that counts tries, as the doctor finds it: there, away, or one that drops counts."""

from __future__ import annotations

from flask_acct.doctor import limit_storage
from flask_acct.doctor.checkup import Checkup

from ..redis_server import running
from ..web.site import Build, Site
from .conftest import found


def test_a_site_that_counts_in_its_database_is_told_nothing(site: Site) -> None:
    assert found(limit_storage.storage, Checkup(site.app)) == []


def test_one_that_answers_is_all_right_until_it_is_gone(make: Build) -> None:
    with running() as server:
        site = make(ACCT_LIMITS_STORAGE=server.url)
        (line,) = found(limit_storage.storage, Checkup(site.app))
        assert line.state == "ok"
        assert f"127.0.0.1:{server.port}/0 answers after" in line.what
        server.kill()
        (line,) = found(limit_storage.storage, Checkup(site.app))
    assert line.state == "warn"
    assert "does not answer (ConnectionError)" in line.what
    assert "the database counts" in line.fix


def test_one_that_drops_counts_when_it_is_full_is_warned_of(make: Build) -> None:
    with running() as server:
        server.kill()
        server.start("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
        (line,) = found(limit_storage.storage, Checkup(make(ACCT_LIMITS_STORAGE=server.url).app))
    assert line.state == "warn"
    assert "allkeys-lru" in line.what


def test_its_password_is_not_repeated(make: Build) -> None:
    site = make(ACCT_LIMITS_STORAGE="redis://:s3cret@127.0.0.1:1/0")
    assert all("s3cret" not in f"{line.what}{line.fix}" for line in found(limit_storage.storage, Checkup(site.app)))
