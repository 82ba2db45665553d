"""The steps of an article, done in a real browser on the host's own pages, templates included.

Before each step the right screen must be open, and the element must exist exactly once, be visible, and have the name
that the article gives it. A failed journey reports the article, the language, the step, what was expected and what was
there. No password, temporary password or mailed link appears in the report, nor in a picture.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Browser, Error, Locator, Page, expect

from ...declare.elements import Action, Language, Link, Message, PostButton, RowLink, Screen, Secret
from ...declare.fields import Choice, Field, Option, Ticks
from ...declare.labels import language_tag
from ...declare.texts import Text
from ...platform import Platform
from ..articles import fixtures
from ..articles.alts import Alt, alt
from ..articles.article import Article, Shot, Step, pattern, screen_of
from ..articles.content import KbError, place
from ..articles.manifest import SCALE, Checked, TakenPicture, View
from . import pictures
from .pictures import Hidden
from .sink import SinkMail
from .stage import Stage
from .windows import Lost, Windows

VIEWPORTS: dict[View, Any] = {"wide": {"width": 900, "height": 700}, "phone": {"width": 390, "height": 844}}

WAIT_SECONDS = 8
"""For an element of a page that has loaded."""

WORDS_SECONDS = 3
"""For the words of an element that exists."""

MAIL_SECONDS = 4
"""For a mail to arrive by itself; then the app is told to send what it has, however long that takes."""

SIGN_IN = "login.form"
SENDS = (Action, PostButton)
"""Elements that send a form: a page must follow."""

NAMED = (Field, Action, Link, PostButton)
"""Elements whose words are their accessible name; the words of all others are their text."""


COVERS = re.compile(r"(<[^>\n]+>)[^\n]*? intercepts pointer events")
"""How Playwright reports that a click would have hit something else."""

COOKIES = (
    "If it goes for good once it was answered, name the cookie that says so in acct.toml: "
    '[help.verify] cookies = ["name=value"].'
)

OPEN_DIALOG = "() => document.querySelector('dialog:modal')?.cloneNode(false).outerHTML.replace('</dialog>', '') ?? ''"


class StepFault(Exception):
    """What a step expected and what it found instead."""

    def __init__(self, wanted: str, got: str) -> None:
        self.wanted, self.got = wanted, got


@dataclass(frozen=True, slots=True)
class JourneyDone:
    """A step that was done, or the one that failed."""

    step: str
    """As written in the article: ``click("login.form.submit")``."""
    seconds: float
    is_good: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """A difference between the app and the article."""

    journey: str
    step: str
    where: str
    """``kb/en/sign-in.md:14``."""
    wanted: str
    got: str
    picture: Path = Path()
    """The empty path if there was no page to show."""
    log: str = ""
    """The end of the app's log, if its own error page appeared."""

    def __str__(self) -> str:
        text = f"{self.journey}\n  step    {self.step}, {self.where}\n  wanted  {self.wanted}\n  got     {self.got}"
        text += f"\n  picture {self.picture}" if self.picture.name else ""
        return f"{text}\n{self.log}" if self.log else text


@dataclass(frozen=True, slots=True)
class Walked:
    """The result of a journey: what it saw, or where it failed."""

    done: tuple[JourneyDone, ...]
    checked: Checked | None = None
    failure: Failure | None = None


@dataclass
class Journey:
    """One article, in one language, on one platform, at one width.

    ``article`` is in the language of the journey and supplies the words; ``steps`` are those of its original text.
    """

    name: str
    """For people: ``recover-password es wide``."""
    article: Article
    steps: Sequence[Step]
    shots: Sequence[Shot]
    """Those of the platform, in the order of its ``shot`` steps."""
    written: Path
    """The file of the steps."""
    platform: Platform
    view: View
    takes_pictures: bool
    stage: Stage
    records: Path
    known: dict[str, TakenPicture] = field(default_factory=dict)
    """Existing pictures, by the fingerprint of what they show."""


def run(journey: Journey, browser: Browser, *, fingerprint: str, failures: Path) -> Walked:
    """The steps were done, and the pictures are in the records; or one failed, and its picture is in ``failures``."""
    before = _signing_in(journey)
    try:
        mails = journey.stage.set(journey.article.facts.given, journey.article.locale)
    except KbError as error:
        line = journey.article.facts.lines.get("given", 1)
        raise KbError(f"given: {error.what}", file=error.file or journey.written, line=error.line or line) from None
    done: list[JourneyDone] = []
    with _windows(journey, browser) as windows:
        walk = _Walk(journey, windows, mails)
        for number, step in enumerate((*before, *journey.steps)):
            if number == len(before):
                walk.set_scene()
            begun = time.monotonic()
            try:
                walk.do(step)
            except (StepFault, Error, AssertionError) as error:
                done.append(JourneyDone(str(step), time.monotonic() - begun, is_good=False))
                return Walked(tuple(done), failure=_failure(journey, step, error, walk, failures))
            done.append(JourneyDone(str(step), time.monotonic() - begun))
        checked = Checked(fingerprint, date.today(), tuple(walk.taken))  # noqa: DTZ011
        return Walked(tuple(done), checked)


class _Walk:
    """A reader following an article."""

    def __init__(self, journey: Journey, windows: Windows, mails_seen: int) -> None:
        self.journey = journey
        self.windows = windows
        self.platform = journey.platform
        self.locale = journey.article.locale
        """The language of the pages; the reader may choose another one on the way."""
        self.mail: SinkMail | None = None
        self.mails_seen = mails_seen
        self.temporary = ""
        self.has_ended = False
        """Whether the session has ended, and the reader has not signed in again."""
        self.hidden = Hidden.of(self.platform)
        self.taken: list[TakenPicture] = []
        self._shots = iter(journey.shots)

    @property
    def page(self) -> Page:
        return self.windows.front

    def set_scene(self) -> None:
        """The article's ``given`` is true, once the reader is signed in."""
        if self.journey.article.facts.given == fixtures.SESSION_ENDED:
            self.journey.stage.let_pass(fixtures.until_session_ends(self.platform.config))
            self.has_ended = True

    def do(self, step: Step) -> None:
        getattr(self, f"_{step.verb}")(step)
        if self.windows.complaints:
            raise StepFault("a page that works by itself", "; ".join(self.windows.complaints))

    def _visit(self, step: Step) -> None:
        screen = self.platform.declared.screens[step.element]
        self.windows.open(f"{self.journey.stage.screens}/{screen.path}")
        reached = self._reached(screen)
        self._on(reached.name)
        self._named(reached.title)

    def _click(self, step: Step) -> None:
        element = self._here(step)
        text = self.platform.declared.texts[step.element]
        self._named(text, row=step.row, is_clicked=True)
        self._press(element, text)
        if isinstance(text, SENDS):
            self._went_well()
        if isinstance(text, Language):
            self._speaks(text.locale)
        if isinstance(text, Link) and text.to in self.platform.declared.screens:
            self._on(self._reached(self.platform.declared.screens[text.to]).name)
        if screen_of(step.element, self.platform) == SIGN_IN and isinstance(text, Action):
            self.has_ended = False

    def _press(self, element: Locator, text: Text) -> None:
        try:
            self.windows.press(element, must_lead=isinstance(text, SENDS))
        except Lost as lost:
            raise StepFault(f"a page after {text.id} is pressed", str(lost)) from None

    def _reached(self, screen: Screen) -> Screen:
        """Return the screen that opens: the sign-in form, if the screen needs a session and there is none."""
        needs_session = screen.access == "user" or screen.needs
        return self.platform.declared.screens[SIGN_IN] if self.has_ended and needs_session else screen

    def _speaks(self, locale: str) -> None:
        """The page is in the language that was chosen; so are the words of the following steps."""
        self.locale = locale
        tag = language_tag(locale)
        try:
            expect(self.page.locator("html")).to_have_attribute("lang", tag, timeout=WORDS_SECONDS * 1000)
        except AssertionError:
            raise StepFault(f"a page in {tag}", str(self.page.locator("html").get_attribute("lang"))) from None

    def _went_well(self) -> None:
        """The page reports no error, except one that the article tells its reader to expect."""
        shown = self.page.locator("[data-acct]").filter(visible=True)
        found = shown.evaluate_all("all => all.map(e => [e.dataset.acct, e.innerText])")
        texts = self.platform.declared.texts
        seen = {step.element for step in self.journey.steps if step.verb == "see"}
        wrong = [
            f"{id_}: {words!r}"
            for id_, words in found
            if isinstance(one := texts.get(id_), Message) and one.tone == "error" and id_ not in seen
        ]
        errors = self.page.locator("main[data-acct-screen^='error.']")
        screens = errors.evaluate_all("all => all.map(e => e.dataset.acctScreen)")
        if wrong or screens:
            raise StepFault("a page without an error", "; ".join([*screens, *wrong]))

    def _fill(self, step: Step) -> None:
        element = self._here(step)
        self._named(self.platform.declared.texts[step.element], row=step.row)
        typed = self._typed(step)
        if element.get_attribute("type") == "file":
            content = fixtures.FILES[typed].encode()
            element.set_input_files({"name": typed, "mimeType": "text/csv", "buffer": content})
            return
        element.fill(typed)
        if element.input_value() != typed:
            if box := _open_dialog(self.page):
                raise StepFault("nothing before the field", f"{box} is open and covers it. {COOKIES}")
            raise StepFault(f"{len(typed)} characters typed", f"{len(element.input_value())} kept")

    def _choose(self, step: Step) -> None:
        option = self.platform.declared.texts[step.element]
        self._on(screen_of(step.element, self.platform))
        owner = self._find(self._field_of(option).id)
        if owner.evaluate("e => e.tagName") != "SELECT":
            self._named(option)
            self._find(step.element).click()
            return
        words = " ".join(self._words(option).split())
        offered = [
            " ".join(text.split()) for text in owner.locator(f'option[data-acct="{option.id}"]').all_text_contents()
        ]
        if offered != [words]:
            raise StepFault(f"one option {words!r}", f"{offered}")
        owner.select_option(label=words)

    def _tick(self, step: Step) -> None:
        element = self._here(step)
        self._named(self.platform.declared.texts[step.element], row=step.row)
        element.check()

    def _see(self, step: Step) -> None:
        self._here(step)
        self._named(self.platform.declared.texts[step.element], row=step.row)

    def _ui(self, step: Step) -> None:
        """Within a numbered item the element must be on this page or in the mail; elsewhere it may be on any page."""
        if not step.item:
            return
        mail = next((name for name, mail in self.platform.declared.mails.items() if _has(mail, step.element)), None)
        if mail is None:
            self._here(step)
            self._named(self.platform.declared.texts[step.element])
            return
        words = self._words(self.platform.declared.texts[step.element])
        if self.mail is None or not pattern(words).search(self.mail.text):
            raise StepFault(f"a mail that says {words!r}", repr(self.mail.text if self.mail else "no mail"))

    def _title(self, step: Step) -> None:
        """The heading of an article is not a step."""

    def _article(self, step: Step) -> None:
        """A reader who follows the link leaves this article."""

    def _mail(self, step: Step) -> None:
        mail = self.platform.declared.mails[step.element]
        self.mail = self._next_mail(self._words(mail.subject))
        secret = next((part for part in mail.parts if isinstance(part, Secret)), None)
        if secret is not None:
            self.temporary = _line_after(self._words(secret), self.mail.text)
            self.hidden.add(self.temporary)
            return
        address = next((word for word in self.mail.text.split() if word.startswith("http")), None)
        if address is None:
            raise StepFault("a mail with a link", repr(self.mail.text))
        self.hidden.add(*(value for _, value in parse_qsl(urlsplit(address).query)))
        self.windows.open(address)
        target = next((part.to for part in mail.parts if hasattr(part, "to")), None)
        if target in self.platform.declared.screens:
            self._on(target)

    def _shot(self, step: Step) -> None:
        shot = next(self._shots)
        self._on(shot.screen or None)
        marks = [self._find(self._marked(element)) for element in shot.marks]
        if not self.journey.takes_pictures:
            return
        folder, known, slot_ids = self.journey.records, self.journey.known, self._shot_in_words(shot).open
        taken = pictures.take(self.page, marks, shot.number, self.hidden, folder=folder, known=known, slot_ids=slot_ids)
        if missing := [element for element in slot_ids if not taken.shown.get(element)]:
            raise StepFault(
                f"{', '.join(missing) or 'a heading'} to be seen, for the words of the picture", "nothing there"
            )
        self.taken.append(taken)

    def _shot_in_words(self, shot: Shot) -> Alt:
        """Return the alternative text in the article's own language; the steps may be in another one."""
        return alt(shot.screen, shot.marks, self.platform, self.journey.article.locale)

    def _here(self, step: Step) -> Locator:
        self._on(screen_of(step.element, self.platform))
        self._open_drawer_of(step.element)
        return self._find(step.element, row=step.row)

    def _open_drawer_of(self, element: str) -> None:
        """What is in a closed drawer, as the menu is on a phone, is behind its button, which readers see instead."""
        drawer = self.page.locator(f'[popover]:has([data-acct="{element}"])').filter(visible=False)
        if drawer.count() != 1:
            return
        button = self.page.locator(f'[popovertarget="{drawer.get_attribute("id")}"]').filter(visible=True)
        try:
            button.click(timeout=WAIT_SECONDS * 1000)
        except Error:
            raise StepFault(f"a button that opens the drawer with {element}", f"{button.count()} buttons") from None

    def _on(self, screen: str | None) -> None:
        """The screen is open, in any window. For elements that are on every page, any screen will do."""
        if screen is None or self.windows.find(lambda page: _screens(page) == [screen], WAIT_SECONDS):
            return
        alerts = self.page.locator("[data-acct][role=alert]").all_inner_texts()
        got = f"{', '.join(_screens(self.page)) or 'no screen'} at {urlsplit(self.page.url).path}"
        raise StepFault(f"the screen {screen}", f"{got}, which says {alerts}" if alerts else got)

    def _find(self, element: str, row: str = "") -> Locator:
        within = f'[data-acct-row="{row}"] ' if row else ""
        found = self.page.locator(f'{within}[data-acct="{element}"]').filter(visible=True)
        try:
            expect(found).to_have_count(1, timeout=WAIT_SECONDS * 1000)
        except AssertionError:
            raise StepFault(f"{element} once, to be seen", f"it {found.count()} times") from None
        return found

    def _named(self, text: Text, row: str = "", *, is_clicked: bool = False) -> None:
        """The element has the words that the article gives it."""
        element = self._find(text.id, row)
        if isinstance(text, RowLink):
            element = _head_of_column(element)
        words = self._words(text)
        whole = re.compile(rf"^\s*{pattern(words).pattern}\s*$", re.DOTALL)
        try:
            if self._has_a_name(text) or (is_clicked and type(text) is Text):
                expect(element).to_have_accessible_name(whole, timeout=WORDS_SECONDS * 1000)
            else:
                expect(element).to_have_text(whole, timeout=WORDS_SECONDS * 1000)
        except AssertionError:
            raise StepFault(f"{text.id} to say {words!r}", repr(element.aria_snapshot())) from None

    def _has_a_name(self, text: Text) -> bool:
        """Whether its words are its accessible name: a single box has one, the words above boxes or a column do not."""
        if isinstance(text, Option):
            return isinstance(self._field_of(text), Ticks)
        return isinstance(text, NAMED) and not isinstance(text, Ticks | RowLink)

    def _words(self, text: Text) -> str:
        return self.platform.sentences(self.locale)[text.id]

    def _typed(self, step: Step) -> str:
        if step.variant != fixtures.TEMPORARY:
            return fixtures.value(step.element, step.variant, self.platform.config)
        if not self.temporary:
            raise StepFault("a temporary password from a mail", "no mail that brought one")
        return self.temporary

    def _field_of(self, option: Text) -> Choice | Ticks:
        fields = (text for text in self.platform.declared.texts.values() if isinstance(text, Choice | Ticks))
        return next(one for one in fields if option in one.options)

    def _marked(self, element: str) -> str:
        """Return the element to mark: for an option of a list its field, for a box itself."""
        text = self.platform.declared.texts[element]
        if not isinstance(text, Option):
            return element
        field_ = self._field_of(text)
        return element if isinstance(field_, Ticks) else field_.id

    def _next_mail(self, subject: str) -> SinkMail:
        others: list[str] = []
        end = time.monotonic() + MAIL_SECONDS
        for is_last_chance in (False, True):
            while (mail := self.journey.stage.sink.wait(self.mails_seen, end - time.monotonic())) is not None:
                self.mails_seen += 1
                if pattern(subject).fullmatch(mail.subject):
                    return mail
                others.append(mail.subject)
            if not is_last_chance:
                self.journey.stage.send_mails()
        raise StepFault(f"a mail {subject!r}", f"{others}" if others else "none")


@contextmanager
def _windows(journey: Journey, browser: Browser) -> Iterator[Windows]:
    """A visitor who comes for the first time, with a browser in the language of the journey."""
    context = browser.new_context(
        viewport=VIEWPORTS[journey.view],
        device_scale_factor=SCALE,
        locale=language_tag(journey.article.locale),
        timezone_id="UTC",
        color_scheme="light",
        reduced_motion="reduce",
    )
    for cookie in journey.platform.config.help.verify.cookies:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name.strip(), "value": value.strip(), "url": journey.stage.url}])
    try:
        yield Windows(context, journey.stage.url)
    finally:
        with suppress(Error):
            context.close()


def _signing_in(journey: Journey) -> tuple[Step, ...]:
    """Return the steps before the first one, if the article is about somebody who is signed in."""
    facts = journey.article.facts
    if error := next(fixtures.head_problems(facts, journey.written), None):
        raise error
    if not facts.as_:
        return ()
    return (
        Step("visit", SIGN_IN),
        Step("fill", "login.form.identifier"),
        Step("fill", "login.form.password"),
        Step("click", "login.form.submit"),
    )


def _failure(journey: Journey, step: Step, error: Exception, walk: _Walk, failures: Path) -> Failure:
    picture = failures / f"{journey.name.replace(' ', '-')}.png"
    try:
        failures.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(pictures.whole(walk.page, walk.hidden))
    except (Error, OSError):
        # A page that crashed cannot be shown; the failure is reported all the same.
        picture = Path()
    wanted, got = (error.wanted, error.got) if isinstance(error, StepFault) else _plainly(error, walk)
    return Failure(
        journey=journey.name,
        step=str(step),
        where=place(journey.written, step.line),
        wanted=walk.hidden.without(wanted),
        got=walk.hidden.without(got),
        picture=picture,
        log=walk.hidden.without(journey.stage.last_words()) if "error.server" in got else "",
    )


def _plainly(error: Exception, walk: _Walk) -> tuple[str, str]:
    """Return what was expected and what was there, if the browser could not do a step."""
    message = str(error).strip()
    if covers := COVERS.findall(message):
        return "nothing before what the step is about", f"{covers[-1]} covers it. {COOKIES}"
    if box := _open_dialog(walk.page):
        return "nothing before what the step is about", f"{box} is open and covers it. {COOKIES}"
    return "it to work", message.partition("Call log:")[0].strip()


def _open_dialog(page: Page) -> str:
    """Return the beginning of the dialog that blocks the page; empty if there is none."""
    try:
        return str(page.evaluate(OPEN_DIALOG))
    except Error:
        return ""


def _screens(page: Page) -> list[str]:
    found: list[str] = page.locator("main[data-acct-screen]").evaluate_all("all => all.map(e => e.dataset.acctScreen)")
    return found


def _head_of_column(element: Locator) -> Locator:
    """Return the head of the column that an element of a list is in: it has the words, the element those of its row."""
    column = element.evaluate("e => e.closest('th, td').cellIndex")
    return element.locator("xpath=ancestor::table[1]/thead//th").nth(column)


def _has(mail: Any, element: str) -> bool:
    return any(text.id == element for text in mail.texts())


def _line_after(sentence: str, text: str) -> str:
    """Return the line under a sentence of a mail."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for index, line in enumerate(lines):
        if pattern(sentence).fullmatch(line):
            return next((after for after in lines[index + 1 :] if after), "")
    raise StepFault(f"a mail that says {sentence!r}", repr(text))
