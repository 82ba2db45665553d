"""What surrounds every page: header, menu, languages, the idle warning, messages of forms, and error pages."""

from __future__ import annotations

from collections.abc import Iterator

from ...config import Config
from ...declare.elements import Declaration, HostText, Language, Link, Message, NavEntry, Paragraph, Screen, Title
from ...declare.fields import Choice
from ...declare.labels import language_name
from ...declare.texts import Text
from ...values.languages import nearest

TEXTS = (
    Text("shell.skip", "Skip to content"),
    Text("shell.header.home", "Home"),
    Text("shell.header.sign_in", "Sign in"),
    Text("shell.header.help", "Help"),
    Text("shell.header.buy", "Buy"),
    Text("shell.menu.hello", "Hello, {name}!"),
    Text("shell.menu.label", "Your account"),
    Text("shell.menu.customer_number", "Customer number {number}"),
    Text("shell.menu.sign_out", "Sign out"),
    Text("shell.nav.label", "Account area"),
    Text("shell.nav.open", "Menu"),
    Text("shell.nav.close", "Close menu"),
    Text("shell.nav.host", "Products"),
    Text("shell.nav.company", "Company"),
    Text("shell.nav.billing", "Billing"),
    Text("shell.nav.me", "Personal"),
    Text("shell.header.links", "Site"),
    Text("shell.support.title", "Need help?"),
    Text("shell.support.text", "Our support team answers your questions."),
    Link("shell.support.link", "Contact support", to="support"),
    Text("shell.nav.news", "What needs your attention"),
    Text("shell.language.label", "Language"),
    Text("shell.language.change", "Change language"),
    Text("shell.password.show", "Show"),
    Text("shell.password.hide", "Hide"),
    Text("shell.password.shown", "The password is shown."),
    Text("shell.password.counted", "{typed} of {least} characters"),
    Text("shell.password.long_enough", "Long enough"),
    Text("shell.password.same", "The passwords match"),
    Text("shell.header.tagline", "{config.site.tagline}"),
    Text("shell.footer.line", "{config.brand.footer}"),
    Text("shell.password.hidden", "The password is hidden."),
    Text("shell.form.optional", "optional"),
    Text("shell.form.example", "Example: {example}"),
    Text("shell.form.choose", "Choose"),
    Text("shell.rows.actions", "Actions"),
    Text("shell.rows.pages", "Page {page} of {pages}"),
    Text("shell.rows.page", "Page {page}"),
    Text("shell.rows.before", "Previous page"),
    Text("shell.rows.after", "Next page"),
    Text("shell.rows.choose_all", "Select all on this page"),
    Text("shell.rows.choose_none", "Select none"),
    Text("shell.rows.chosen_all", "All on this page are selected."),
    Text("shell.rows.chosen_none", "None is selected."),
    Text("shell.rows.chosen", "With selected:"),
    Text("shell.rows.find", "Search"),
    Text("shell.rows.all", "Show all"),
    Text("shell.rows.nothing", "No results for: {asked}"),
    Text("shell.form.problems", "Please check what you entered."),
    Text("shell.form.sending", "Sending…"),
    Text("shell.form.again", "There has been no answer yet. You can send it again."),
    Text("shell.wait.left", "You can try again in {time}."),
    Text("shell.wait.left_to_send", "You can send it again in {time}."),
    Text("shell.wait.over", "You can try again now."),
    Text("shell.notices.label", "Waiting for your answer"),
    Text("shell.ticks.none", "Select none"),
    Text("shell.ticks.ticked", "All are selected."),
    Text("shell.ticks.emptied", "None is selected."),
    Text("shell.idle.title", "Are you still there?"),
    Text(
        "shell.idle.text",
        "You will be signed out in {seconds:second|seconds} because there has been no activity.",
    ),
    Text("shell.idle.stay", "Stay signed in"),
    Text("shell.idle.leave", "Sign out now"),
    Text("shell.idle.ended", "Your session has ended. Please sign in again."),
    Text("error.forbidden.allowed", "What you can do in {account}"),
    Text("error.forbidden.nothing", "Nothing yet. The account owner decides what you can do."),
    Text("shell.footer.terms", "Terms"),
    Text("shell.footer.support", "Contact support"),
    Text("shell.mail.customer_number", "Customer number: {number}"),
    Text("shell.mail.greeting", "Hello {name},"),
    Text("shell.mail.greeting_nobody", "Hello,"),
    Text("shell.mail.footer", "This message was sent to you by {config.site.name}."),
    Text("shell.mail.unsubscribe", "Unsubscribe from messages of this kind"),
    Text("shell.mail.link_fallback", "If the button does not work, copy this address into your browser:"),
)

FORM_MESSAGES = (
    Message("shell.form.required", "Please fill this in."),
    Message("shell.form.none_ticked", "Select at least one."),
    Message("shell.form.too_long", "This is too long: {limit:character|characters} at most."),
    Message("shell.form.not_text", "This contains characters that cannot be used here. Please type it again."),
    Message("shell.form.once", "This was sent twice in one form. Please enter it once."),
    Message("shell.form.not_an_email", "This is not an email address. It should look like name@example.com."),
    Message(
        "shell.form.not_a_username",
        "This is not a user name. User names have letters, digits, dots, hyphens and underscores, without spaces.",
    ),
    Message(
        "shell.form.not_a_number", "This is not a customer number. Customer numbers have digits only, such as 9000."
    ),
    Message("shell.form.not_a_domain", "This is not a domain name. It should look like example.com."),
    Message("shell.form.not_a_choice", "Please choose one from the list."),
    Message(
        "shell.form.not_a_phone",
        "This is not a phone number in the chosen country. It should look like {example}. For another country, "
        "begin with + and its country code.",
    ),
    Message(
        "shell.form.not_a_phone_anywhere",
        "This phone number is not complete. Choose the country, or begin with + and its country code: {example}",
    ),
    Message(
        "shell.form.not_a_postcode",
        "This is not a postal code of the chosen country. It should look like {example}.",
    ),
    Message(
        "shell.form.not_a_postcode_anywhere",
        "This is not a postal code. It has letters and digits, twelve at most, with spaces or hyphens between them.",
    ),
    Text("shell.form.yes", "Yes"),
    Text("shell.form.no", "No"),
    Message("shell.form.not_an_address", "This is not a web address. It should look like https://example.com."),
    Message("shell.form.not_a_day", "This is not a date. Write the year first: 2026-12-31."),
    Message("shell.form.incomplete_day", "This date is not complete: it needs a day, a month and a year."),
    Message(
        "shell.form.not_a_count", "This is not a number. Write digits, without thousands separators: 1234 or 12.5."
    ),
    Message("shell.form.wrong_type", "This value does not have the type of the field."),
    Message("shell.form.unknown_field", "There is no such field here."),
    Message("shell.form.too_large", "This file is too large: {limit} MB at most."),
    Message(
        "shell.form.stale",
        "This page has been open for a long time. Please check it and send it again.",
        status=400,
    ),
    Message(
        "shell.form.busy",
        "Many people are signing in right now. Please wait a few seconds and send this again.",
        tone="warning",
        status=503,
    ),
    Message(
        "shell.form.no_cookies",
        "Your browser did not send the cookie that this form needs. Please send it again. If you see this again, "
        "allow cookies for this site.",
        status=400,
    ),
    Message(
        "shell.form.not_secure",
        "This page was opened at an address that begins with http://, where your browser keeps no cookies for it. "
        "Please open {config.site.public_url} and start again from there.",
        status=400,
    ),
    Message(
        "shell.form.other_link",
        "Another link has been opened in this browser in the meantime, and this page is now about that one. Please "
        "check it and send it again.",
        status=400,
    ),
    Message(
        "shell.form.brought_back",
        "What you entered before could not be sent. Here it is again: please check it and send it now.",
        tone="info",
        status=200,
    ),
    Message("shell.form.foreign", "This was not sent from our page. Please send it again from here.", status=400),
)


def declare(config: Config) -> Declaration:
    texts = (*TEXTS, *FORM_MESSAGES, *_languages(config), *_own_entries(config))
    return Declaration(screens=(*_errors(config), _language()), menu=(OVERVIEW,), texts=texts)


OVERVIEW = NavEntry("shell.menu.home", "Overview", to="site.home", icon="home", group="overview")


def _own_entries(config: Config) -> Iterator[Text]:
    """Yield the links that acct.toml adds to the menu and the header."""
    for prefix, links in (("nav", config.nav.links), ("header", config.nav.header)):
        for name, link in links.items():
            yield HostText(f"{prefix}.{name}", nearest(link.label, "en"))


def _language() -> Screen:
    """For visitors who cannot open the menu of languages: the same list as a page."""
    chosen = Choice("shell.language.locale", "Language", source="languages")
    return Screen("shell.language", "language", Title("shell.language.title", "Choose your language"), unseen=(chosen,))


def _languages(config: Config) -> tuple[Language, ...]:
    """Return one button for each language; the menu of every page and the page of languages have the same ones."""
    return tuple(
        Language(f"shell.language.{locale}", language_name(locale), locale=locale) for locale in config.site.locales
    )


def _errors(config: Config) -> tuple[Screen, ...]:
    home = Link("error.page.home", "Back to the home page", to="site.home")
    support = Link("error.page.support", "Contact support", to="support")
    sign_in = Link("error.page.sign_in", "Sign in", to="login.form")
    back = Link("error.other_account.back", "Switch back to the other account")
    second = {403: (support,), 409: (back,), 404: (support,), 410: (sign_in,), 429: (support,), 500: (support,)}
    return tuple(_error(status, title, text, (home, *second.get(status, ()))) for status, title, text in ERRORS)


def _error(status: int, title: Title, text: Paragraph, ways: tuple[Link, ...]) -> Screen:
    messages = {403: DENIED, 409: (KEPT,)}.get(status, ())
    return Screen(title.id.removesuffix(".title"), "", title, parts=(text, *ways), messages=messages, status=status)


DENIED = (
    Message(
        "error.forbidden.permission",
        "This needs the permission “{permission}”, which you do not have in {account}. The account owner, {owner}, "
        "can give it to you.",
        tone="warning",
        status=403,
    ),
    Message(
        "error.forbidden.owner",
        "Only the owner of {account} can do this: {owner}.",
        tone="warning",
        status=403,
    ),
    Message(
        "error.forbidden.sub_user",
        "You own {account}, and this is only for its other users. If you want to leave, transfer the account to "
        "another owner first.",
        tone="warning",
        status=403,
    ),
)
"""Why somebody's membership is not enough."""

KEPT = Message(
    "error.other_account.kept",
    "What you entered is kept for half an hour. Switch back, and you will find it there.",
    tone="info",
    status=409,
)

ERRORS = (
    (
        400,
        Title("error.bad_request.title", "Something was wrong with that request"),
        Paragraph("error.bad_request.text", "Please go back and try again."),
    ),
    (
        403,
        Title("error.forbidden.title", "You do not have access to this page"),
        Paragraph(
            "error.forbidden.text",
            "If you think you should have access, ask the account owner, or contact us.",
        ),
    ),
    (
        404,
        Title("error.not_found.title", "Page not found"),
        Paragraph("error.not_found.text", "The address may be mistyped, or the page may have moved."),
    ),
    (
        405,
        Title("error.not_allowed.title", "This page cannot be used that way"),
        Paragraph("error.not_allowed.text", "Please start again from the home page."),
    ),
    (
        409,
        Title("error.other_account.title", "That belongs to another account"),
        Paragraph(
            "error.other_account.text",
            "You have switched to {account} since you opened that page, so nothing has been done. Open the page "
            "again, or switch back to the other account first.",
        ),
    ),
    (
        410,
        Title("error.gone.title", "This page no longer exists"),
        Paragraph("error.gone.text", "What was here has been removed."),
    ),
    (
        413,
        Title("error.too_large.title", "That was too much at once"),
        Paragraph("error.too_large.text", "Please go back and send less data."),
    ),
    (
        421,
        Title("error.only_here.title", "This site is not open to visitors yet"),
        Paragraph(
            "error.only_here.text",
            "It only answers on its own machine. If it is yours, set ACCT_PUBLIC_URL to the address people use, "
            "which begins with https://, and restart it.",
        ),
    ),
    (
        429,
        Title("error.too_many.title", "Too many attempts"),
        Paragraph(
            "error.too_many.text",
            "Too many attempts from your connection. Please wait {wait} and try again.",
        ),
    ),
    (
        500,
        Title("error.server.title", "Something went wrong on our side"),
        Paragraph(
            "error.server.text",
            "It was not your fault, and we have recorded it. If it happens again, give us this reference: {reference}",
        ),
    ),
    (
        503,
        Title("error.unavailable.title", "We will be right back"),
        Paragraph("error.unavailable.text", "The service is not available right now. Please try again soon."),
    ),
)
"""Errors, by HTTP status: the title and text of their pages."""
