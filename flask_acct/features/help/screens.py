"""What the help centre says around its articles."""

from __future__ import annotations

from ...config import Config
from ...screen import Declaration, Link, Paragraph, Screen, Text, Title

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
    Text("help.site.other_language", "This page is not available in your language yet."),
    Text("help.site.language", "Language"),
    Text("help.site.choose_language", "Choose your language"),
    Text("help.site.print", "Print"),
    Text("help.site.not_found", "There is no such help page"),
    Text("help.site.not_found_text", "It may have moved. The list of all help pages leads on."),
    Text("help.site.all_pages", "All help pages"),
    Text("help.site.back_to_site", "Back to {config.site.name}"),
    Text("help.site.a_to_z", "All pages from A to Z"),
    Text("help.site.glossary", "What our words mean"),
    Text("help.site.topics", "Topics"),
    Text("help.site.about", "Pages about: {topic}"),
    Text("help.categories.signing_in", "Signing in"),
    Text("help.categories.getting_back_in", "Getting back in"),
    Text("help.categories.your_account", "Your account"),
    Text("help.categories.settings", "Settings"),
    Text("help.difficulty.easy", "Easy"),
    Text("help.difficulty.medium", "Medium"),
    Text("help.difficulty.hard", "Hard"),
    Text("help.tools.client_area", "A web browser"),
    Text("help.tools.mailbox", "Your mailbox"),
    Text("help.tags.password", "Password"),
    Text("help.tags.access", "Access"),
    Text("help.tags.account", "Account"),
    Text("help.tags.language", "Language"),
    Text("help.tags.plan", "Plan"),
    Text("help.tags.session", "Session"),
    Text("help.tags.support", "Support"),
    Text("help.tags.user_name", "User name"),
)


def declare(config: Config) -> Declaration:
    if not config.help.enabled:
        return Declaration()
    return Declaration(screens=(_unbuilt(),), texts=TEXTS)


def _unbuilt() -> Screen:
    return Screen(
        "help.unbuilt",
        "",
        Title("help.unbuilt.title", "The help pages are not ready yet"),
        parts=(
            Paragraph("help.unbuilt.text", "They are being prepared. Please come back later, or ask us."),
            Link("help.unbuilt.home", "Back to the start page", to="site.home"),
            Link("help.unbuilt.support", "Contact support", to="support"),
        ),
        status=503,
    )
