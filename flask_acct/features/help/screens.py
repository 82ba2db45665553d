"""The words of the help centre around its articles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...config import Config
from ...declare.elements import Action, Declaration, Link, Message, Paragraph, Screen, Title
from ...declare.fields import LongText
from ...declare.texts import Text
from ...values.languages import nearest

TEXTS = (
    Text("help.site.title", "Help"),
    Text("help.site.intro", "What would you like to do?"),
    Text("help.site.difficulty", "Difficulty"),
    Text("help.site.time", "Time needed"),
    Text("help.site.minutes", "{minutes} min."),
    Text("help.site.applies_to", "Applies to"),
    Text("help.site.all_customers", "All customers"),
    Text("help.site.tools", "You need"),
    Text("help.site.verified", "Checked against the live screens on {date}."),
    Text("help.site.unverified", "This page has not been checked against the live screens."),
    Text(
        "help.site.other_language",
        "This page is not available in your language yet. You can read it here in {language}.",
    ),
    Text("help.site.language", "Language"),
    Text("help.site.choose_language", "Choose your language"),
    Text("help.site.print", "Print"),
    Text("help.site.not_found", "Help page not found"),
    Text("help.site.not_found_text", "It may have moved. Search for what you need, or continue from here."),
    Text("help.site.all_pages", "All help pages"),
    Text("help.site.back_to_site", "Back to {config.site.name}"),
    Text("help.site.a_to_z", "All pages from A to Z"),
    Text("help.site.glossary", "Glossary"),
    Text("help.site.topics", "Topics"),
    Text("help.site.about", "Pages about: {topic}"),
    Text("help.site.welcome", "How can we help?"),
    Text("help.site.search", "Search the help pages"),
    Text("help.site.most_asked", "Frequently asked"),
    Text("help.site.show_all", "Show all {count}"),
    Text("help.site.you_are_here", "You are here"),
    Text("help.site.contents", "On this page"),
    Text("help.site.back_to", "Back to {category}"),
    Text("help.site.related", "Related pages"),
    Text("help.site.other_languages", "This page in other languages"),
    Text("help.site.helpful", "Was this page helpful?"),
    Text("help.site.yes", "Yes"),
    Text("help.site.no", "No"),
    Text("help.site.tally", "{helpful} out of {of} found this helpful."),
    Text("help.site.thanks", "Thank you for your feedback."),
    Text("help.site.answered", "You answered: {answer}. You can still change your answer."),
    Text("help.site.tell_us", "Tell us what is missing"),
    Text(
        "help.site.more",
        "Thank you for reading. We hope this page was helpful. For everything else, we recommend our other pages:",
    ),
    Text("help.site.centre", "Help centre"),
    Text("help.site.still_need_help", "Still need help?"),
    Text("help.site.write_to_us", "If something is not clear, write to us:"),
    Text("help.site.contact", "Contact us"),
    Text("help.site.mail_subject", "About the help page: {title}"),
    Text("help.site.signature", "Your {config.site.name} team"),
    Text("help.site.book_title", "Help pages of {config.site.name}"),
    Text("help.site.book_contents", "Contents"),
    Text("help.site.book_date", "As of {date}"),
    Text("help.site.moved", "This page has moved"),
    Text("help.site.meaning", "{term}: what it means"),
    Text("help.picture.page", "The page “{page}” is open."),
    Text("help.picture.marks", "A frame marks: {marks}."),
    Text("help.picture.says", "It says: “{words}”"),
    Text("help.link.answer", "Help with this"),
    Text("help.categories.signing_in", "Signing in"),
    Text("help.categories.getting_back_in", "Recovering access"),
    Text("help.categories.your_account", "Your account"),
    Text("help.categories.settings", "Settings"),
    Text("help.difficulty.easy", "Easy"),
    Text("help.difficulty.medium", "Medium"),
    Text("help.difficulty.hard", "Hard"),
    Text("help.tools.client_area", "Client area"),
    Text(
        "help.area.meaning",
        "The pages you see once you have signed in, where you manage what you have with us.",
    ),
    Text("help.tools.mailbox", "Your mailbox"),
    Text("help.tools.spreadsheet", "A spreadsheet"),
    Text("help.tags.password", "Password"),
    Text("help.tags.access", "Access"),
    Text("help.tags.account", "Account"),
    Text("help.tags.contacts", "Contacts"),
    Text("help.tags.messages", "Messages"),
    Text("help.tags.language", "Language"),
    Text("help.tags.plan", "Plan"),
    Text("help.tags.session", "Session"),
    Text("help.tags.support", "Support"),
    Text("help.tags.user_name", "User name"),
    Text("help.tags.users", "Users"),
)

STARTER_TEXTS = (
    Text("help.starter.intro", "Say in two sentences what this is good for and who needs it."),
    Text("help.starter.before", "Before you begin"),
    Text("help.starter.before_text", "Say what one must know or have at hand."),
    Text("help.starter.steps", "Step by step"),
    Text("help.starter.open", "Open {slot}."),
    Text("help.starter.fill", "Fill in {slot}."),
    Text("help.starter.choose", "Choose {slot}."),
    Text("help.starter.tick", "Tick {slot}."),
    Text("help.starter.press", "Press {slot}."),
    Text("help.starter.press_text", "Say how one sees that it worked."),
    Text("help.starter.failed", "If it does not work"),
    Text("help.starter.failed_text", "Say what one does then."),
)
"""What a new article says until its author writes something better."""

EXAMPLE_MAIL = (
    Text("help.example_mail.subject", "Your invoice 2026-17"),
    Text("help.example_mail.text", "It is due on 31 January. Thank you for your trust."),
)
"""A mail that the pictures of articles show in the history of an account."""

WAYS_ON = (
    Text("help.thanks.back", "Back to the page"),
    Text("help.thanks.home", "All help pages"),
    Text("help.thanks.support", "Contact support about this page"),
    Text("help.thanks.mail_subject", "About the help page: {article}"),
)
"""Where the page after a vote leads: each link depends on what was read."""


def declare(config: Config) -> Declaration:
    if not config.help.enabled:
        return Declaration()
    texts = (*TEXTS, *_own_topics(config))
    if not config.help.votes:
        return Declaration(screens=(_unbuilt(),), texts=texts)
    return Declaration(screens=(_unbuilt(), _thanks()), texts=(*texts, *WAYS_ON))


def _own_topics(config: Config) -> Iterator[Text]:
    """Return the host's categories and tags. Their words are in ``Config.wording``, so in no catalog."""
    known = {text.id for text in TEXTS}
    for kind, topics in (("categories", config.help.categories), ("tags", config.help.tags)):
        for name, words in topics.items():
            if (id_ := f"help.{kind}.{name}") not in known:
                yield replace(TEXTS[0], id=id_, message=nearest(words, "en"))


def _unbuilt() -> Screen:
    return Screen(
        "help.unbuilt",
        "",
        Title("help.unbuilt.title", "The help pages are not ready yet"),
        parts=(
            Paragraph("help.unbuilt.text", "They are being prepared. Please come back later, or contact us."),
            Link("help.unbuilt.home", "Back to the home page", to="site.home"),
            Link("help.unbuilt.support", "Contact support", to="support"),
        ),
        status=503,
    )


def _thanks() -> Screen:
    return Screen(
        "help.thanks",
        "help/thanks",
        # The question belongs to the page, so that it has the same words everywhere.
        Title("help.site.helpful", "Was this page helpful?"),
        parts=(
            LongText(
                "help.thanks.missing",
                "What was missing?",
                required=False,
                max_length=1000,
                help=Text(
                    "help.thanks.missing_help",
                    "Please leave out personal details: no name, address, number or password. Nobody can answer "
                    "you here.",
                ),
            ),
            Action("help.thanks.submit", "Send"),
        ),
        messages=(
            Message(
                "help.thanks.counted",
                "Thank you. {helpful} of {of} readers found this page helpful.",
                tone="success",
                status=200,
            ),
            Message(
                "help.thanks.heard",
                "Thank you for your feedback. Results are shown once {least} readers have answered.",
                tone="success",
                status=200,
            ),
            Message(
                "help.thanks.received",
                "Thank you. Your comment helps us improve the page.",
                tone="success",
                status=200,
            ),
            Message(
                "help.thanks.unknown",
                "We could not tell which page your answer is about, so it was not counted. "
                "Please open the page again and answer there.",
                status=404,
            ),
            Message(
                "help.thanks.elsewhere",
                "We could not tell whether your answer came from our help pages, so it was not counted. Please "
                "open the page again and answer there.",
                status=403,
            ),
            Message(
                "help.thanks.too_many",
                "Too many answers from your connection. Please wait {wait} and try again.",
                status=429,
            ),
        ),
    )
