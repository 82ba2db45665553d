"""A run that ends early keeps what it found, and what stops one journey stops no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from flask_acct.config import Config, ConfigError, parse
from flask_acct.features import platforms
from flask_acct.kb.articles.content import shipped
from flask_acct.kb.articles.knowledge_base import centre
from flask_acct.kb.articles.manifest import Manifest, fingerprint
from flask_acct.kb.journeys import journey as journeys
from flask_acct.kb.journeys import runs
from flask_acct.kb.site import checks

from . import hosts
from .conftest import CLEAN, REPOSITORY, Verify

ARTICLE = """\
---
{head}
---
# Come in

1. Open {{{{ visit("login.form") }}}}.
1. Select {{{{ click("login.form.forgot_password") }}}}.
"""
TOML = '[site]\nlocales = ["en"]\n[help]\narticles = "help"\n'
HOST = "tests.journeys.hosts"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A company with articles of its own alone."""
    folder = tmp_path / "help" / "en"
    folder.mkdir(parents=True)
    for id_ in shipped().ids:
        (folder / f"{id_}.md").write_text("---\nhidden: true\n---\n")
    (tmp_path / "acct.toml").write_text(TOML)
    return tmp_path


def write(shop: Path, name: str, head: str = "minutes: 2") -> None:
    (shop / "help" / "en" / f"{name}.md").write_text(ARTICLE.format(head=head))


def problems(shop: Path) -> list[str]:
    return [str(one) for one in checks.problems(centre(str(shop / "acct.toml")))]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("as: admin", "kb/en/one.md:2: as: 'admin' is not somebody of the cast who can sign in. Known are: owner."),
        ("as: ownr", "kb/en/one.md:2: as: 'ownr' is not somebody of the cast who can sign in. Did you mean \"owner\"?"),
        ("minutes: 1\ngiven: nothing", "kb/en/one.md:3: given: 'nothing' is not a scene"),
        ("given: expired_pasword", 'Did you mean "expired_password"?'),
        ("given: session_ended", "Say who, on a line of its own: as: owner"),
    ],
)
def test_a_head_that_no_journey_can_begin_with_is_found_by_check(shop: Path, head: str, told: str) -> None:
    write(shop, "one", head)
    (found,) = problems(shop)
    assert told.replace("kb/en", "help/en") in found


@pytest.mark.browser
def test_what_stops_one_journey_is_its_failure_and_the_others_go_on(shop: Path, verify: Verify, records: Path) -> None:
    write(shop, "a-first")
    write(shop, "b-broken", "minutes: 2\ngiven: nothing")
    write(shop, "c-broken", "as: admin")
    write(shop, "d-last")
    done = verify("--wide", "--no-pictures", app=f"{HOST}:configured", ACCT_CONFIG=str(shop / "acct.toml"))
    assert done.returncode == 1
    assert "2 of 4 journeys failed" in done.stderr
    assert "help/en/b-broken.md:3" in done.stderr
    assert "help/en/c-broken.md:2" in done.stderr
    assert set(Manifest.read(records).checked) == {"a-first/en/-/wide", "d-last/en/-/wide"}


@pytest.mark.browser
def test_a_banner_over_the_page_is_named_and_a_cookie_answers_it(
    shop: Path, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(shop, "a-first")
    setting = {"app": f"{HOST}:bannered", "ACCT_CONFIG": str(shop / "acct.toml")}
    with monkeypatch.context() as hasty:
        hasty.setattr("flask_acct.kb.journeys.windows.PAGE_SECONDS", 8)
        done = verify("--wide", "--no-pictures", **setting)
    assert 'got     <div class="bnr"> covers it.' in done.stderr
    assert '[help.verify] cookies = ["name=value"]' in done.stderr
    assert "Call log" not in done.stderr
    (shop / "acct.toml").write_text(TOML + '[help.verify]\ncookies = ["consent=no"]\n')
    assert verify("--wide", "--no-pictures", **setting).returncode == 0


@pytest.mark.browser
def test_a_dialog_that_is_open_is_named(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content('<dialog class="age">Are you 18?</dialog><input>')
    assert journeys._open_dialog(page) == ""
    page.evaluate("() => document.querySelector('dialog').showModal()")
    assert journeys._open_dialog(page).startswith('<dialog class="age"')
    page.close()


@pytest.mark.parametrize("cookie", ["consent", "=no", "a b=c", "consent=no; path=/", 'a="b"'])
def test_a_cookie_that_is_none_is_refused(cookie: str) -> None:
    with pytest.raises(ConfigError, match=r"\[help\.verify\] cookies\[0\] .* is no cookie"):
        parse(f"[help.verify]\ncookies = ['{cookie}']")


def test_a_cookie_to_set_first_makes_no_journey_worthless() -> None:
    with_one = Config.model_validate({"help": {"verify": {"cookies": ["a=b"]}}})
    assert mark_of(Config()) == mark_of(with_one)


def mark_of(config: Config) -> str:
    return fingerprint("sign-in", "en", None, content=shipped(), platforms=platforms(config))


def test_a_process_that_takes_no_signal_is_ended_by_force() -> None:
    context = get_context("spawn")
    is_deaf = context.Event()
    child = context.Process(target=hosts.be_deaf, args=(is_deaf,))
    child.start()
    assert is_deaf.wait(30)
    runs.end_early([child], within=0.5)
    child.join(10)
    assert child.exitcode == -signal.SIGKILL


@pytest.mark.browser
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_that_is_stopped_goes_on_where_it_was(shop: Path, records: Path, jobs: str) -> None:
    for number in range(14):
        write(shop, f"article-{number:02}")
    words = [sys.executable, "-m", "flask", "acct", "kb", "verify", "--app", f"{HOST}:configured", "--wide"]
    words += ["--no-pictures", "--records", str(records), "--jobs", jobs]
    settings = {**CLEAN, "PYTHONPATH": str(REPOSITORY), "ACCT_CONFIG": str(shop / "acct.toml")}
    running = subprocess.Popen(
        words, cwd=shop, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    end = time.monotonic() + 90
    while time.monotonic() < end and len(Manifest.read(records).checked) < 3:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=120)
    assert running.returncode == 130
    assert told.strip() == "Stopped. What was checked so far is kept: the same command goes on from there."
    kept = len(Manifest.read(records).checked)
    assert 3 <= kept < 14
    done = subprocess.run(words, cwd=shop, env=settings, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"{kept} skipped" in done.stdout
    assert len(Manifest.read(records).checked) == 14
