"""An article's steps, done in a real browser on the host's own pages, templates included.

Before each step the right screen must be open, and the element be there exactly once, to be seen, and named as the
article names it. A journey that fails says the article, the language, the step, what was wanted and what was there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect

from ..edition import Edition
from ..labels import language_tag
from ..screen import Action, Field, Link, Message, Option, Secret, Text
from . import fixtures, pictures
from .articles import Article, Shot, Step, pattern, screen_of
from .content import KbError, place
from .manifest import Checked, Taken, View
from .sink import Received
from .stage import Stage

VIEWPORTS: dict[View, Any] = {"wide": {"width": 900, "height": 700}, "phone": {"width": 390, "height": 844}}

WAIT_SECONDS = 8
MAIL_SECONDS = 25
NAMED = (Field, Action, Link)
"""Elements whose words are their accessible name; the words of all others are their text."""


class Failed(KbError):
    """A journey that did not go as its article says."""


class Wrong(Exception):
    """What a step wanted and what it got instead."""

    def __init__(self, wanted: str, got: str) -> None:
        self.wanted, self.got = wanted, got


@dataclass
class Journey:
    """One article, in one language, on one platform, at one width.

    ``article`` is in the language of the journey and gives the words; ``steps`` are the English article's, in order.
    """

    article: Article
    steps: Sequence[Step]
    shots: Sequence[Shot]
    """Those of the platform, in the order of its ``shot`` steps."""
    edition: Edition
    platform: str | None
    view: View
    takes_pictures: bool
    stage: Stage
    records: Path
    known: dict[str, Taken] = field(default_factory=dict)
    """Pictures there are already, by the fingerprint of what they show."""

    @property
    def name(self) -> str:
        parts = [self.article.id, language_tag(self.article.locale), self.platform or "", self.view]
        return " ".join(part for part in parts if part)


def run(journey: Journey, browser: Browser, *, fingerprint: str, failures: Path) -> Checked:
    """The steps were done, and the pictures are in the records. Raises ``Failed`` with a picture in ``failures``."""
    journey.stage.set(journey.article.facts.given, journey.article.locale)
    with _page(journey, browser) as page:
        walk = _Walk(journey, page)
        for step in (*_signing_in(journey), *journey.steps):
            try:
                walk.do(step)
            except (Wrong, Error, AssertionError) as error:
                raise _failed(journey, step, error, page, failures) from None
        return Checked(fingerprint, date.today(), tuple(walk.taken))  # noqa: DTZ011


class _Walk:
    """A reader on the way through an article."""

    def __init__(self, journey: Journey, page: Page) -> None:
        self.journey = journey
        self.page = page
        self.edition = journey.edition
        self.locale = journey.article.locale
        self.mail: Received | None = None
        self.mails_seen = len(journey.stage.sink.received)
        self.temporary = ""
        self.taken: list[Taken] = []
        self._shots = iter(journey.shots)
        self._foreign: list[str] = []
        page.on("pageerror", lambda error: self._foreign.append(f"the page's script failed: {error}"))
        page.on("request", self._note_request)
        page.on("console", self._note_console)

    def do(self, step: Step) -> None:
        getattr(self, f"_{step.verb}")(step)
        if self._foreign:
            raise Wrong("a page that works by itself", "; ".join(self._foreign))

    def _visit(self, step: Step) -> None:
        screen = self.edition.declared.screens[step.element]
        self.page.goto(f"{self.journey.stage.url}/account/{screen.path}")
        self._on(screen.name)
        self._named(screen.title)

    def _click(self, step: Step) -> None:
        element = self._here(step)
        text = self.edition.declared.texts[step.element]
        self._named(text, row=step.row, is_clicked=True)
        if isinstance(text, Action):
            with self.page.expect_navigation(timeout=WAIT_SECONDS * 1000):
                element.click()
            self._went_well()
            return
        element.click()
        self.page.wait_for_load_state()
        if isinstance(text, Link) and text.to in self.edition.declared.screens:
            self._on(text.to)

    def _went_well(self) -> None:
        """The page says nothing is wrong, other than what the article tells its reader to expect."""
        ids = self.page.locator("[data-acct]").filter(visible=True).evaluate_all("all => all.map(e => e.dataset.acct)")
        texts = self.edition.declared.texts
        told = {step.element for step in self.journey.steps if step.verb == "see"}
        wrong = [
            f"{id_}: {self._find(id_).inner_text()!r}"
            for id_ in ids
            if isinstance(one := texts.get(id_), Message) and one.tone == "error" and id_ not in told
        ]
        errors = self.page.locator("main[data-acct-screen^='error.']")
        screens = errors.evaluate_all("all => all.map(e => e.dataset.acctScreen)")
        if wrong or screens:
            raise Wrong("a page without an error", "; ".join([*screens, *wrong]))

    def _fill(self, step: Step) -> None:
        element = self._here(step)
        self._named(self.edition.declared.texts[step.element], row=step.row)
        typed = self._typed(step)
        element.fill(typed)
        if element.input_value() != typed:
            raise Wrong(f"{len(typed)} characters typed", f"{len(element.input_value())} kept")

    def _choose(self, step: Step) -> None:
        option = self.edition.declared.texts[step.element]
        self._on(screen_of(step.element, self.edition))
        owner = self._find(self._field_of(option).id)
        if owner.evaluate("e => e.tagName") != "SELECT":
            self._named(option)
            self._find(step.element).click()
            return
        words = self._words(option)
        offered = [
            " ".join(text.split()) for text in owner.locator(f'option[data-acct="{option.id}"]').all_text_contents()
        ]
        if offered != [words]:
            raise Wrong(f"one option {words!r}", f"{offered}")
        owner.select_option(label=words)

    def _tick(self, step: Step) -> None:
        element = self._here(step)
        self._named(self.edition.declared.texts[step.element], row=step.row)
        element.check()

    def _see(self, step: Step) -> None:
        self._here(step)
        self._named(self.edition.declared.texts[step.element], row=step.row)

    def _ui(self, step: Step) -> None:
        """Outside the numbered items an article may name what is elsewhere; within them it is here, or in the mail."""
        if not step.item:
            return
        mail = next((name for name, mail in self.edition.declared.mails.items() if _has(mail, step.element)), None)
        if mail is None:
            self._here(step)
            self._named(self.edition.declared.texts[step.element])
            return
        words = self._words(self.edition.declared.texts[step.element])
        if self.mail is None or not pattern(words).search(self.mail.text):
            raise Wrong(f"a mail that says {words!r}", repr(self.mail.text if self.mail else "no mail"))

    def _title(self, step: Step) -> None:
        """The heading of an article is no step."""

    def _article(self, step: Step) -> None:
        """A reader who follows it leaves this article."""

    def _mail(self, step: Step) -> None:
        mail = self.edition.declared.mails[step.element]
        self.mail = self._next_mail(self._words(mail.subject))
        secret = next((part for part in mail.parts if isinstance(part, Secret)), None)
        if secret is not None:
            self.temporary = _line_after(self._words(secret), self.mail.text)
            return
        address = next((word for word in self.mail.text.split() if word.startswith("http")), None)
        if address is None:
            raise Wrong("a mail with a link", repr(self.mail.text))
        self.page.goto(address)
        target = next((part.to for part in mail.parts if hasattr(part, "to")), None)
        if target in self.edition.declared.screens:
            self._on(target)

    def _shot(self, step: Step) -> None:
        shot = next(self._shots)
        self._on(shot.screen)
        marks = [self._find(self._marked(element)) for element in shot.marks]
        if not self.journey.takes_pictures:
            return
        self.taken.append(
            pictures.take(self.page, marks, shot.number, folder=self.journey.records, known=self.journey.known)
        )

    def _here(self, step: Step) -> Locator:
        self._on(screen_of(step.element, self.edition))
        return self._find(step.element, row=step.row)

    def _on(self, screen: str | None) -> None:
        """The screen is open; nothing is asked of an element that is on every page."""
        if screen is None:
            return
        main = self.page.locator("main[data-acct-screen]")
        try:
            expect(main).to_have_attribute("data-acct-screen", screen, timeout=WAIT_SECONDS * 1000)
        except AssertionError:
            found = main.evaluate_all("all => all.map(e => e.dataset.acctScreen)")
            said = self.page.locator("[data-acct][role=alert]").all_inner_texts()
            got = f"{', '.join(found) or 'no screen'} at {urlsplit(self.page.url).path}"
            raise Wrong(f"the screen {screen}", f"{got}, which says {said}" if said else got) from None

    def _find(self, element: str, row: str = "") -> Locator:
        within = f'[data-acct-row="{row}"] ' if row else ""
        found = self.page.locator(f'{within}[data-acct="{element}"]').filter(visible=True)
        try:
            expect(found).to_have_count(1, timeout=WAIT_SECONDS * 1000)
        except AssertionError:
            raise Wrong(f"{element} once, to be seen", f"it {found.count()} times") from None
        return found

    def _named(self, text: Text, row: str = "", *, is_clicked: bool = False) -> None:
        """The element says what the article says."""
        element = self._find(text.id, row)
        words = self._words(text)
        whole = re.compile(rf"^\s*{pattern(words).pattern}\s*$", re.DOTALL)
        try:
            if isinstance(text, NAMED) or (is_clicked and type(text) is Text):
                expect(element).to_have_accessible_name(whole, timeout=1000)
            else:
                expect(element).to_have_text(whole, timeout=1000)
        except AssertionError:
            raise Wrong(f"{text.id} to say {words!r}", repr(element.aria_snapshot())) from None

    def _words(self, text: Text) -> str:
        return self.edition.sentences(self.locale)[text.id]

    def _typed(self, step: Step) -> str:
        if step.variant != fixtures.TEMPORARY:
            return fixtures.value(step.element, step.variant, self.edition.config)
        if not self.temporary:
            raise Wrong("a temporary password from a mail", "no mail that brought one")
        return self.temporary

    def _field_of(self, option: Text) -> Field:
        fields = (text for text in self.edition.declared.texts.values() if isinstance(text, Field))
        return next(one for one in fields if option in one.options)

    def _marked(self, element: str) -> str:
        """An option is shown by its field."""
        text = self.edition.declared.texts[element]
        return self._field_of(text).id if isinstance(text, Option) else element

    def _next_mail(self, subject: str) -> Received:
        others: list[str] = []
        end = time.monotonic() + MAIL_SECONDS
        while (mail := self.journey.stage.sink.wait(self.mails_seen, end - time.monotonic())) is not None:
            self.mails_seen += 1
            if pattern(subject).fullmatch(mail.subject):
                return mail
            others.append(mail.subject)
        raise Wrong(f"a mail {subject!r} within {MAIL_SECONDS} seconds", f"{others}" if others else "none")

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((self.journey.stage.url, "data:")):
            self._foreign.append(f"it asks {urlsplit(request.url).netloc}")

    def _note_console(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self._foreign.append(message.text)


@contextmanager
def _page(journey: Journey, browser: Browser) -> Iterator[Page]:
    """A visitor who comes for the first time and has chosen the language of the journey."""
    context: BrowserContext = browser.new_context(
        viewport=VIEWPORTS[journey.view],
        device_scale_factor=pictures.SCALE,
        locale=language_tag(journey.article.locale),
        timezone_id="UTC",
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "acct_language", "value": journey.article.locale, "url": journey.stage.url}])
    try:
        yield context.new_page()
    finally:
        context.close()


def _signing_in(journey: Journey) -> tuple[Step, ...]:
    """The steps before the first one, where the article is about somebody who is signed in."""
    actor = journey.article.facts.as_
    if not actor:
        return ()
    if actor != fixtures.OWNER:
        raise KbError(f"as: {actor!r} is nobody of the cast; known is: {fixtures.OWNER}")
    return (
        Step("visit", "login.form"),
        Step("fill", "login.form.identifier"),
        Step("fill", "login.form.password"),
        Step("click", "login.form.submit"),
    )


def _failed(journey: Journey, step: Step, error: Exception, page: Page, failures: Path) -> Failed:
    failures.mkdir(parents=True, exist_ok=True)
    picture = failures / f"{journey.name.replace(' ', '-')}.png"
    page.screenshot(path=picture, full_page=True)
    english = journey.article.source.file.parents[1] / "en" / f"{journey.article.id}.md"
    wanted, got = (error.wanted, error.got) if isinstance(error, Wrong) else ("it to work", str(error).strip())
    return Failed(
        f"{journey.name}\n"
        f"  step    {step}, {place(english, step.line)}\n"
        f"  wanted  {wanted}\n"
        f"  got     {got}\n"
        f"  picture {picture}" + (f"\n{journey.stage.last_words()}" if "error.server" in got else "")
    )


def _has(mail: Any, element: str) -> bool:
    return any(text.id == element for text in mail.texts())


def _line_after(sentence: str, text: str) -> str:
    """The line under a sentence of a mail."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for index, line in enumerate(lines):
        if pattern(sentence).fullmatch(line):
            return next((after for after in lines[index + 1 :] if after), "")
    raise Wrong(f"a mail that says {sentence!r}", repr(text))
