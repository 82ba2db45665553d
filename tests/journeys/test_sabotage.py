"""Whatever is changed, pages, articles and journeys agree afterwards, or one of them says by name what is wrong.

Each row of a table is one change. None of them may go by unnoticed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from flask_acct.config import ConfigError
from flask_acct.kb.articles.content import digest
from flask_acct.kb.articles.knowledge_base import KnowledgeBase, centre
from flask_acct.kb.journeys.runs import Order, Outcome, Run, Walker
from flask_acct.kb.site import checks

from ..scopes import SECRET_KEY
from . import hosts
from .conftest import REPOSITORY

HOSTS = "tests.journeys.hosts"

ARTICLE = """\
---
difficulty: easy
minutes: 2
---
# Before you order

1. Open {{ visit("login.form") }}.
1. Fill in {{ fill("login.form.identifier") }} and {{ fill("login.form.password") }}.
1. Press {{ click("login.form.submit") }}.
"""


class Change(NamedTuple):
    """A change that corrects itself: of which article, on which page, and the words both then hold."""

    toml: str
    article: str
    path: str
    on_page: str
    in_article: str


CORRECTED = {
    "a label is renamed": Change(
        '[labels.en]\n"login.form.submit" = "Come in"',
        "sign-in", "/account/login", ">Come in</button>", "**Come in**",
    ),
    "a heading is renamed": Change(
        '[labels.en]\n"recovery.password.title" = "A way back"',
        "recover-password", "/account/recover/password", ">A way back</h1>", "# A way back",
    ),
    "a mail's subject is renamed": Change(
        '[labels.en]\n"recovery.reset.subject" = "Your key"', "recover-password", "", "", "**Your key**",
    ),
    "a language is renamed": Change(
        '[labels.en]\n"shell.language.it" = "Italian"',
        "change-language", "/account/language", "<bdi>Italian</bdi>", "**Italian**",
    ),
    "idle minutes are changed": Change(
        "[session]\nidle_minutes = 7",
        "session-ended", "/account/login", "signed out after 7 minutes", "After 7 minutes in which",
    ),
    "a link ends sooner": Change(
        '[recovery.password]\nidentify = ["email"]\nlink_minutes = 25', "recover-password", "", "", "for 25 minutes",
    ),
    "another field is asked for": Change(
        '[login]\nidentifiers = ["username"]\n[recovery.password]\nidentify = ["username", "email"]',
        "recover-password", "/account/recover/password", 'data-acct="recovery.password.username"', "**User name**",
    ),
    "a language is dropped": Change(
        "", "change-language", "/account/language", 'data-acct="shell.language.it"', "in 3 languages",
    ),
}  # fmt: skip
"""By what is done to acct.toml."""

SITE = """\
[site]
name = "Corner Shop"
public_url = "http://127.0.0.1:5000"
locales = ["en", "es", "it"]
default_locale = "en"

"""

BROKEN = {
    "a button says something else": ("recover-password", "wanted  recovery.password.submit to say 'Email me a link'"),
    "a heading says something else": ("sign-in", "wanted  login.form.title to say 'Sign in'"),
    "a field is no element any more": ("recover-password", "wanted  recovery.password.email once, to be seen"),
    "a field is sent under another name": ("sign-in", "wanted  a page without an error"),
    "a field is too short": ("recover-password", "wanted  17 characters typed"),
    "a button is there twice": ("sign-in", "got     it 2 times"),
    "a button is not to be seen": ("sign-in", "wanted  login.form.submit once, to be seen"),
    "a button sends nothing": ("sign-in", "wanted  a page after login.form.submit is pressed"),
    "a link leads elsewhere": ("recover-password", "got     recovery.request at /account/recover/request"),
    "a page asks another site": ("sign-in", "it asks pictures.example"),
    "a page holds a script inline": ("sign-in", "Content Security Policy"),
    "a page lost its name": ("sign-in", "wanted  the screen login.form"),
    "the link in a mail is broken": ("recover-password", "wanted  the screen password.set"),
    "a mail has another subject": ("recover-password", "\n  got     ['Hello']"),
    "the app fails": ("recover-password", "RuntimeError: the host's own code is broken"),
    "the choice of a language is forgotten": ("change-language", "wanted  a page in it\n  got     en"),
    "nobody is told that the session has ended": ("session-ended", "wanted  login.form.ended once, to be seen"),
    "a permission is taken away": ("add-contact", "wanted  shell.menu.contacts once, to be seen"),
    "a page is closed to its user": ("session-ended", "got     error.forbidden at /account/password/change"),
}
"""By what is broken in the host's app: the article that finds it, and what it says."""

REFUSED = {
    "two steps are swapped in a translation": (
        "es",
        '1. Pulse {{ click("login.form.submit") }}.\n1. Rellene {{ fill("login.form.identifier") }} y '
        '{{ fill("login.form.password") }}.\n1. Abra {{ visit("login.form") }}.',
        'item 1 does not do what help/en/order-first.md:7 does: it lacks visit("login.form"); it adds '
        'click("login.form.submit")',
    ),
    "a step is left out of a translation": (
        "es",
        '1. Abra {{ visit("login.form") }}.\n1. Rellene {{ fill("login.form.identifier") }}.\n'
        '1. Pulse {{ click("login.form.submit") }}.',
        "help/es/order-first.md:8: item 2 does not do what help/en/order-first.md:8 does: it lacks "
        'fill("login.form.password")',
    ),
    "a label is typed by hand": ("en", "1. Press **Sign in**.", 'types the label "Sign in" by hand'),
    "a time is typed by hand": ("en", "1. After 30 minutes, sign in.", 'types "30 minutes" by hand'),
    "an element is mistyped": ("en", '1. {{ click("login.form.sumbit") }}', 'Did you mean "login.form.submit"?'),
    "a mail is mistyped": ("en", '1. {{ mail("recovery.rest") }}', 'Did you mean "recovery.reset"?'),
    "a key of acct.toml is mistyped": ("en", "1. {{ config.session.idle_minuts }}", 'Did you mean "idle_minutes"?'),
    "nobody knows what to type": ("en", '1. {{ fill("login.form.password", "odl") }}', "has no variant 'odl'"),
    "an article is named that is not there": ("en", '1. {{ article("sing-in") }}', 'Did you mean "sign-in"?'),
}
"""By what is done to an article: its language, its text from the first item on, and what is said without a browser."""

UNREADABLE = {
    "a label of no element": (
        '[labels.en]\n"login.form.sumbit" = "Go"',
        '"login.form.sumbit" is not an element of this configuration',
    ),
    "a label with a slot of no value": (
        '[labels.en]\n"login.form.idle" = "{hours}"',
        "has a slot it cannot fill: hours",
    ),
    "a mistyped key": ("[session]\nidle_minuts = 3", 'Did you mean "idle_minutes"?'),
}
"""By what is done to acct.toml: what stops the app from starting."""


class Copied(NamedTuple):
    """A change in a copy of the package, the command that meets it, and what it then says or writes."""

    file: str
    old: str
    new: str
    command: str
    told: str
    is_fine: bool = False


COPIED = {
    "a field is taken out of a screen": Copied(
        "flask_acct/features/login/screens.py", '"login.form.password",', '"login.form.secret",',
        "check", "'login.form.password' is not an element of this configuration.",
    ),
    "a screen has another name": Copied(
        "flask_acct/features/shell/screens.py", 'return Screen("shell.language", ', 'return Screen("shell.tongue", ',
        "check", "'shell.language' is not a screen of this configuration.",
    ),
    "a permission is dropped": Copied(
        "flask_acct/config/tables/accounts.py",
        '"affiliate", "emails"',
        '"emails"',
        "check",
        "'users.permission.affiliate' is not an element of this configuration.",
    ),
    "an English article is changed": Copied(
        "kb/en/session-ended.md", "## When a session ends", "## How a session ends",
        "check", "kb/it/session-ended.md:2: translates ",
    ),
    "two steps are swapped in an English article": Copied(
        "kb/en/session-ended.md",
        '{{ fill("login.form.identifier") }} and {{ fill("login.form.password") }}, {{ shot() }}\n'
        '   then press {{ click("login.form.submit") }}.',
        '{{ click("login.form.submit") }} and {{ fill("login.form.password") }}, {{ shot() }}\n'
        '   then press {{ fill("login.form.identifier") }}.',
        "verify --articles session-ended --locale en --wide --no-pictures", "wanted  a page without an error",
    ),
    "a word of a catalog is changed": Copied(
        "flask_acct/translations/es/LC_MESSAGES/flask_acct.po",
        'msgctxt "login.form.submit"\nmsgid "Sign in"\nmsgstr "Iniciar sesión"',
        'msgctxt "login.form.submit"\nmsgid "Sign in"\nmsgstr "Pasar adelante"',
        "verify --articles sign-in --locale es --wide --no-pictures", "went as written", is_fine=True,
    ),
}  # fmt: skip
"""By what is done to what is shipped."""


Walk = Callable[..., Outcome]


@pytest.fixture
def walk(browser: Browser, tmp_path: Path) -> Walk:
    """Does the journey of an article on an app, in English, on a wide screen: ``walk(app, article)``."""

    def do(app: str, article: str, source: str = "client-area") -> Outcome:
        order = Order(source, tmp_path, app, {"ACCT_CONFIG": source}, report=tmp_path, pictures=False, again=True)
        with Walker(order) as walker:
            return walker.do(Run(article, "en"))

    return do


EACH_TIME = list(BROKEN) if "EVERY_SABOTAGE" in os.environ else list(BROKEN)[::2]
"""Each starts an app and a browser. ``EVERY_SABOTAGE=1 make test`` tries all."""


@pytest.mark.browser
@pytest.mark.parametrize("how", CORRECTED)
def test_page_article_and_journey_follow(
    walk: Walk, how: str, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = CORRECTED[how]
    file = tmp_path / "acct.toml"
    file.write_text(SITE + change.toml)
    assert change.in_article in " ".join(centre(str(file)).article(change.article, "en").body.split())
    monkeypatch.setenv("ACCT_CONFIG", str(file))
    monkeypatch.setenv("ACCT_DATABASE_URL", database_url)
    monkeypatch.setenv("FLASK_SECRET_KEY", SECRET_KEY)
    if change.path:
        app = hosts.configured()
        page = app.test_client().get(change.path, headers={"Accept-Language": "en"}).text
        # The first request has started the mail worker.
        app.extensions["acct"].worker.stop()
        assert change.on_page in " ".join(page.split())
    outcome = walk(f"{HOSTS}:configured", change.article, str(file))
    assert outcome.failure is None, str(outcome.failure)


@pytest.mark.browser
@pytest.mark.parametrize("how", EACH_TIME)
def test_a_journey_says_what_is_broken_in_the_app(walk: Walk, how: str) -> None:
    article, told = BROKEN[how]
    outcome = walk(f"{HOSTS}:sabotaged({how!r})", article)
    assert outcome.checked is None
    assert told in str(outcome.failure)


def test_every_way_to_break_an_app_is_tried() -> None:
    assert set(BROKEN) == {*hosts.BROKEN_PAGES, *hosts.BROKEN_APPS}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A host's acct.toml with an article of its own in English and Spanish."""
    (tmp_path / "acct.toml").write_text(f'{SITE}[help]\narticles = "help"\n')
    own = tmp_path / "help"
    for locale in ("en", "es"):
        (own / locale).mkdir(parents=True)
    (own / "en" / "order-first.md").write_text(ARTICLE)
    items = ARTICLE.partition("\n1. ")[2]
    write_spanish(tmp_path, f"1. {items}")
    return tmp_path / "acct.toml"


def write_spanish(folder: Path, items: str) -> None:
    """The translation, made from today's English."""
    mark = digest(centre(str(folder / "acct.toml")).content.first("order-first"))
    text = f"---\ntranslates: {mark}\n---\n\n# Antes de pedir\n\n{items}\n"
    (folder / "help" / "es" / "order-first.md").write_text(text)


def problems(file: Path) -> str:
    made: KnowledgeBase = centre(str(file))
    return "\n".join(str(problem) for problem in checks.problems(made))


def test_an_article_of_the_host_is_fine_as_it_stands(shop: Path) -> None:
    assert problems(shop) == ""


@pytest.mark.parametrize("how", REFUSED)
def test_an_article_that_is_wrong_is_refused_without_a_browser(shop: Path, how: str) -> None:
    locale, items, told = REFUSED[how]
    if locale == "es":
        write_spanish(shop.parent, items)
    else:
        (shop.parent / "help" / "en" / "order-first.md").write_text(ARTICLE.partition("\n1. ")[0] + "\n" + items + "\n")
    assert told in problems(shop)


@pytest.mark.parametrize("how", UNREADABLE)
def test_a_configuration_that_is_wrong_starts_no_app(
    how: str, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml, told = UNREADABLE[how]
    file = tmp_path / "acct.toml"
    file.write_text(SITE + toml)
    monkeypatch.setenv("ACCT_CONFIG", str(file))
    monkeypatch.setenv("ACCT_DATABASE_URL", database_url)
    monkeypatch.setenv("FLASK_SECRET_KEY", SECRET_KEY)
    with pytest.raises(ConfigError) as refused:
        hosts.configured()
    assert told in str(refused.value)


@pytest.mark.browser
@pytest.mark.parametrize("how", COPIED)
def test_what_is_changed_in_the_package_shows(how: str, tmp_path: Path) -> None:
    change = COPIED[how]
    for folder in ("flask_acct", "kb", "sample_app"):
        left_out = shutil.ignore_patterns("__pycache__", "verified")
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=left_out)
    file = tmp_path / change.file
    text = file.read_text("utf-8")
    assert change.old in text
    file.write_text(text.replace(change.old, change.new), "utf-8")
    done = flask(tmp_path, *change.command.split())
    assert (done.returncode == 0) == change.is_fine
    assert change.told in done.stdout + done.stderr
    if change.is_fine:
        assert flask(tmp_path, "render", "out").returncode == 0
        assert "**Pasar adelante**" in (tmp_path / "out" / "es" / "sign-in.md").read_text("utf-8")


def flask(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """``flask acct kb`` of the copy."""
    program = "import sys; from flask.cli import main; sys.argv[0] = 'flask'; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "--app", "sample_app", "acct", "kb", *command, "--config", "client-area"],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
