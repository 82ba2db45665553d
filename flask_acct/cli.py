"""``flask acct``: what an operator does from a shell.

``init``, ``new``, ``check``, ``schema`` and ``kb render`` need no app. An ``AcctError`` is shown without a traceback.
Commands of an optional extra exist even if it is missing, and then say how to install it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy.exc import OperationalError

from . import config as configuration
from .config import Config, ConfigError
from .config.problems import line_in
from .db import schema as tables
from .declare import translating
from .declare.translating import Coverage
from .errors import AcctError
from .features import declare, platform, wording_problems
from .features.accounts import flows as accounts
from .security import hashes, startup
from .values import text_files
from .values.amounts import counted

if TYPE_CHECKING:
    from .importing import Imported, PeopleRead
    from .web.state import State

OF_STAFF = ("account", "audit", "mail", "requests", "staff", "user")

ELSEWHERE = {
    **{name: f"flask_acct.features.staff.commands:{name}" for name in OF_STAFF},
    "backup": "flask_acct.backup.commands:backup",
    "doctor": "flask_acct.doctor.commands:doctor",
    "kb": "flask_acct.kb.commands:kb",
    "post": "flask_acct.mail.commands:post",
    "restore": "flask_acct.backup.commands:restore",
    "new": "flask_acct.new_project.commands:new",
}
"""Commands loaded only when they are called."""

HELP_ELSEWHERE = {
    "backup": "Write the database, acct.toml and the help site to one archive.",
    "restore": "Restore a backup into an empty place.",
    "new": "Write a project that is ready to run on a server.",
    "post": "Send the mails that wait, show what waits, or preview a mail.",
    "kb": "Build the help site and check it against the live screens.",
    "account": "Find an account, change its state, plan and domains.",
    "audit": "Print what staff did.",
    "mail": "Send messages again that were not delivered, or discard them.",
    "requests": "Work on requests of people who know nothing to sign in with.",
    "staff": "Let colleagues into the staff area.",
    "user": "Find a user, end sessions, send the way back in, disable.",
    "doctor": "Check the site as it runs, and say how to fix what is wrong.",
}

EXTRAS = {
    "mkdocs": "kb", "material": "kb", "markdown": "kb", "playwright": "verify", "PIL": "verify", "pypdf": "verify",
    "aiosmtpd": "verify", "psycopg": "postgres", "bcrypt": "hashes", "passlib": "hashes",
    "prometheus_client": "metrics",
}  # fmt: skip
"""The extra that installs a module."""


class CommandFailed(click.ClickException):
    """An error whose text is for the user of the command, shown as it is."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file or sys.stderr)


class AcctGroup(click.Group):
    """Commands of which some are loaded late, and whose errors are shown without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in ELSEWHERE:
            return _load(cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AcctError as error:
            raise CommandFailed(str(error)) from None
        except ModuleNotFoundError as error:
            raise CommandFailed(_how_to_install(error)) from None
        except OperationalError as error:
            raise CommandFailed(f"The database cannot be used: {error.orig}\nCheck ACCT_DATABASE_URL.") from None


@click.group(cls=AcctGroup)
def acct() -> None:
    """Sign-in, recovery, customers and the help site."""


@acct.command()
@click.option("--preset", "name", default="client-area", show_default=True, help="What to begin with.")
@click.option("--force", is_flag=True, help="Replace the acct.toml that is there.")
def init(name: str, force: bool) -> None:
    """Write acct.toml in this folder."""
    if name not in configuration.presets():
        raise CommandFailed(f"There is no preset {name!r}. There are: {', '.join(configuration.presets())}.")
    file = Path("acct.toml")
    if file.exists() and not force:
        raise CommandFailed("acct.toml is there already. Edit it, or replace it with: flask acct init --force")
    file.write_text(configuration.starting_text(name), "utf-8")
    click.echo(f"Wrote acct.toml from the preset {name}. Edit it, then run: flask acct check")


@acct.command()
@click.argument("file", required=False)
@click.option("--elements", is_flag=True, help="List every element that can be worded anew, with its English words.")
@click.pass_context
def check(ctx: click.Context, file: str | None, elements: bool) -> None:
    """Say what is wrong with acct.toml, or what it means.

    FILE may also be a preset. Default: ACCT_CONFIG, else acct.toml here, else that of the app. With an app, flask --app
    yourapp acct check, each of its routes must say who may open it.
    """
    info = ctx.ensure_object(ScriptInfo)
    config, name = _config_of_command(file, info)
    if elements:
        for text in declare(config.on(None)).texts.values():
            click.echo(f"{text.id}\t{text.message}")
        return
    _raise_unless_wording_fits(config, name)
    _raise_unless_articles_are_there(config)
    of_app = _checked_app(info)
    click.echo(f"{name} is fine.\n")
    lines = (*_summary(config), ("Address", _address(config)), *of_app)
    for what, meaning in lines:
        click.echo(f"  {what:<18} {meaning}")


def _raise_unless_articles_are_there(config: Config) -> None:
    from .kb.articles.content import content_of

    content_of(config)


def _address(config: Config) -> str:
    """Return where the site is, and what to do while it is reachable only from this machine."""
    there = configuration.served_at(config, os.environ.get("ACCT_PUBLIC_URL"), os.environ.get("ACCT_PLATFORM"))
    address = there.site.public_url
    if not startup.is_loopback(urlsplit(address).hostname):
        return address
    return f"{address}, so that nobody but this machine is answered. Set ACCT_PUBLIC_URL to the https address"


def _checked_app(info: ScriptInfo) -> Iterator[tuple[str, str]]:
    """Yield what can be said of the app, a line at a time. Raises ``CommandFailed`` for what must be fixed."""
    if not _names_app(info):
        return iter([("App", "not checked; name it: flask --app yourapp acct check")])
    app = info.load_app()
    if "acct" not in app.extensions:
        raise CommandFailed(NO_ACCT)
    from .web import app_checks

    if found := list(app_checks.problems(app)):
        raise CommandFailed("\n".join(found))
    return iter(list(app_checks.summary(app)))


@acct.command()
@click.argument("file", required=False)
@click.option("--init", "new", metavar="LANGUAGE", help="Begin a catalog of your own, such as nl or sv_FI.")
@click.option("--update", "old", metavar="LANGUAGE", help="Add the sentences that are new to a catalog of your own.")
@click.option("--status", is_flag=True, help="Say how much is said in each language of the site. The default.")
@click.pass_context
def translate(ctx: click.Context, file: str | None, new: str | None, old: str | None, status: bool) -> None:
    """Translate pages and mails into a language of your own.

    FILE is as for check. Catalogs are in the folder that [site] translations names, one for each language:
    <language>/LC_MESSAGES/flask_acct.po, for any PO editor. Help articles are no part of them: see [help] articles.
    """
    config, name = _config_of_command(file, ctx.ensure_object(ScriptInfo))
    for locale, write, did in ((new, translating.begin, "Wrote"), (old, translating.renew, "Brought up to date:")):
        if locale:
            click.echo(f"{did} {write(config, locale)}")
            if locale not in config.site.locales:
                click.echo(f'Add "{locale}" to [site] locales in acct.toml, so that it is offered.')
    if status or not (new or old):
        _raise_unless_wording_fits(config, name)
        for covered in _coverage(config):
            click.echo(str(covered))


def _config_of_command(file: str | None, info: ScriptInfo) -> tuple[Config, str]:
    """Return the configuration that a command is about, and its name.

    In this order: the named file, the one of ACCT_CONFIG, acct.toml here, that of the named app.
    """
    source = file or os.environ.get("ACCT_CONFIG") or "acct.toml"
    is_named = file or os.environ.get("ACCT_CONFIG") or Path(source).exists()
    if not is_named and _names_app(info):
        app = info.load_app()
        if "acct" in app.extensions:
            return app.extensions["acct"].whole, source
    return configuration.find(source), Path(source).name


def _names_app(info: ScriptInfo) -> bool:
    return bool(info.app_import_path or info.create_app)


@acct.command()
def schema() -> None:
    """Print the JSON Schema of acct.toml, for editors."""
    made: Any = configuration.json_schema()
    click.echo(made if isinstance(made, str) else json.dumps(made, indent=2, ensure_ascii=False))


@acct.command()
@with_appcontext
def openapi() -> None:
    """Print what the screens of this app answer in JSON, as OpenAPI 3.1."""
    app = _state()
    if not app.platform.config.api.enabled:
        raise CommandFailed("The screens of this app do not answer in JSON. Write in acct.toml: [api] enabled = true")
    from .web.openapi import described

    click.echo(json.dumps(described(app), indent=2, ensure_ascii=False))


@acct.command()
@click.option("--check", "only_check", is_flag=True, help="Change nothing; say what would run, and what to do first.")
@click.option(
    "--backups",
    type=click.Path(path_type=Path),
    envvar="ACCT_BACKUPS",
    help="With --check: the folder of your backups, of which one must be of today.",
)
@with_appcontext
def upgrade(only_check: bool, backups: Path | None) -> None:
    """Bring the tables up to date. Harmless when they are.

    --check ends with 0 if the upgrade may be run now, while an older flask_acct serves, and with 1 if something should
    be done first.
    """
    app = _state()
    if only_check:
        _check_upgrade(app, backups)
        return
    revision = tables.upgrade(app.database.engine)
    with app.database.transaction() as db:
        accounts.refresh_sign_in_emails(app.scope(db))
    click.echo(f"The tables are up to date: revision {revision}.")


def _check_upgrade(app: State, backups: Path | None) -> None:
    from .backup.before_upgrade import findings

    found = findings(app.database.engine, backups, app.clock())
    for one in found:
        click.echo(f"{'ok  ' if one.is_fine else 'stop'}  {one.name + ':':<11} {one.what}.")
        if one.fix:
            click.echo(f"{'':18}{one.fix}")
    if not all(one.is_fine for one in found):
        raise CommandFailed("Not yet: see above.")
    click.echo("The upgrade may be run: flask acct upgrade" if len(found) > 1 else "There is nothing to upgrade.")


@acct.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def downgrade(revision: str, yes: bool) -> None:
    """Bring the tables back to an older REVISION, before you install an older flask_acct.

    What only newer ones keep is deleted, so make a copy of the database first. REVISION is 0004, say, or base: then no
    tables are left.
    """
    app = _state()
    if not yes:
        click.confirm(f"Everything that only revisions after {revision} keep is deleted. Go on?", abort=True)
    click.echo(f"The tables are at revision {tables.downgrade(app.database.engine, revision)}.")


@acct.command("import")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--from",
    "url",
    metavar="URL",
    envvar="ACCT_IMPORT_FROM",
    help="Another database, in place of a file: SQLAlchemy's URL.",
)
@click.option("--query", type=click.Path(path_type=Path), help="A file with the SELECT to ask it, with --from.")
@click.option("--invite", is_flag=True, help="Mail every user without a password a link to set the first one.")
@click.option(
    "--passwords", is_flag=True, help="Replace passwords that users have, too, and mail them that it was done."
)
@click.option(
    "--rejoin", is_flag=True, help="Let known users into accounts of the file that they are not in (any more)."
)
@with_appcontext
def import_(
    file: Path | None, url: str | None, query: Path | None, invite: bool, passwords: bool, rejoin: bool
) -> None:
    """Add or update the customers of a CSV file, or of another database: all of them, or none.

    Columns: customer_number, account_name, username, email, first_name, last_name, locale, domains (separated by
    spaces, or - for none), plan (trial or purchased), plan_expires (2026-12-31, or never), password, or password_hash:
    a hash of Werkzeug, Django, passlib, bcrypt, Argon2 or crypt. Needed are email and what people sign in by; a new
    account needs its name, too.
    An empty cell keeps what is there, and - clears a first or last name.

    --from mysql://user:password@host/shop --query customers.sql reads the rows of a SELECT whose columns are called so.
    That database is only read. ACCT_IMPORT_FROM keeps the password of the URL out of the list of processes.
    """
    from . import importing

    if (file is None) == (query is None) or (file is None and not url):
        raise CommandFailed("Name a CSV file, or another database by --from URL --query FILE.sql.")
    app = _upgraded()
    with hashes.knowing(app.verifiers):
        if file is not None:
            found = importing.read(file, app.platform.config, progress=_show_progress)
        else:
            sql = _sql_of(cast(Path, query))
            found = importing.read_query(
                cast(str, url), sql, app.platform.config, source=str(query), progress=_show_progress
            )
        _import(found, app, invite=invite, replaces_passwords=passwords, rejoins=rejoin)


def _sql_of(query: Path) -> str:
    try:
        return query.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{query} cannot be read: {error}") from None


def _import(found: PeopleRead, app: State, *, invite: bool, replaces_passwords: bool, rejoins: bool) -> None:
    from . import importing

    if found.encoding == "windows-1252":
        click.echo(
            f"{found.source} is in Windows-1252, as Excel saves plain CSV. Check a name that has an accent.", err=True
        )
    imported = importing.import_read(
        found,
        app.database,
        app.scope,
        invite=accounts.invite if invite else None,
        progress=_show_progress,
        replaces_passwords=replaces_passwords,
        rejoins=rejoins,
    )
    _print_imported(imported)


@acct.command("add-account")
@click.option("--customer-number", help="Needed where people sign in by it, or for an account that is there.")
@click.option("--name", "account_name", help="The customer's name.")
@click.option("--username", help="Needed where people sign in by it.")
@click.option("--email", required=True)
@click.option("--first-name")
@click.option("--last-name")
@click.option("--locale", help="The user's language, such as es.")
@click.option("--domain", "domains", multiple=True, help="May be given several times.")
@click.option("--plan", type=click.Choice(["trial", "purchased"]))
@click.option("--expires", "plan_expires", metavar="DAY", help="The last day of the plan, such as 2026-12-31.")
@click.option("--invite/--no-invite", default=True, show_default=True, help="Mail a link to set the first password.")
@with_appcontext
def add_account(invite: bool, domains: tuple[str, ...], **cells: str | None) -> None:
    """Add a customer and its owner, or a user to a customer that is there."""
    from . import importing

    app = _upgraded()
    given = {column: cell for column, cell in cells.items() if cell} | {"domains": " ".join(domains)}
    try:
        imported = importing.import_read(
            importing.single(given, app.platform.config, source="add-account"),
            app.database,
            app.scope,
            invite=accounts.invite if invite else None,
            rejoins=True,
        )
    except importing.ImportRefused as refused:
        raise CommandFailed("\n".join(_option_problem(problem) for problem in refused.problems)) from None
    _print_imported(imported)


OPTIONS = {"account_name": "--name", "domains": "--domain", "plan_expires": "--expires"}


def _option_problem(problem: Any) -> str:
    option = OPTIONS.get(problem.column, f"--{problem.column.replace('_', '-')}")
    return f"{option}: {problem.what}. {problem.fix}".rstrip()


NO_ACCT = "This app has no flask_acct. Call acct.init_app(app) where the app is made."


def _state() -> State:
    found: State | None = current_app.extensions.get("acct")
    if found is None:
        raise CommandFailed(NO_ACCT)
    return found


def _coverage(config: Config) -> tuple[Coverage, ...]:
    """Return how much of the first platform's sentences is translated into each language."""
    first = platform(config.on(None))
    return translating.coverage(first.config, first.labels, first.declared)


def _upgraded() -> State:
    """Return the app's state. Raises ``SchemaOutdated`` unless its tables are what this version needs."""
    app = _state()
    tables.raise_unless_current(app.database.engine)
    return app


TOLD_EVERY = {"Hashed passwords": 50}
"""After how many there is a line of progress; of anything else, 5,000."""

NAMED = 20
"""Most domains and users that are named; of more, only the number is shown."""


def _show_progress(what: str, done: int, total: int) -> None:
    every = TOLD_EVERY.get(what, 5000)
    if (done and done % every == 0) or (done == total and total > every):
        click.echo(f"{what}: {done:,} of {total:,}." if total else f"{what}: {done:,}.", err=True)


def _print_imported(imported: Imported) -> None:
    did = imported
    if did.is_same:
        click.echo("Nothing was changed: everything in it is here already.")
    click.echo(
        f"Accounts: {did.accounts_added} added, {did.accounts_changed} changed, "
        f"{did.accounts_known - did.accounts_changed} as they were. "
        f"Users: {did.users_added} added, {did.users_changed} changed, "
        f"{did.users_known - did.users_changed} as they were. Invited: {did.invited}."
    )
    for line in (*_domain_lines(did), *_user_lines(did)):
        click.echo(line)


def _domain_lines(did: Imported) -> Iterator[str]:
    moved = [f"{one.name} ({one.number} to {one.to})" for one in did.moved if one.to]
    removed = [f"{one.name} ({one.number})" for one in did.moved if not one.to]
    if did.domains_added:
        yield f"Domains added: {did.domains_added}."
    if moved:
        yield f"Domains that went to another account: {_named(moved)}."
    if removed:
        yield f"Domains removed: {_named(removed)}."


def _user_lines(did: Imported) -> Iterator[str]:
    if did.passwords_set:
        yield f"Passwords set: {did.passwords_set}."
    if did.passwords_kept:
        yield f"Passwords left as they are, because their users have one: {did.passwords_kept}. See --passwords."
    if did.renamed:
        names = _named([f"{old} is {new}" for old, new in did.renamed])
        yield f"Users with another name by now, which they keep: {names}."
    if did.left_out:
        who = _named([f"{username} ({number})" for username, number in did.left_out])
        yield f"Left out, because they are users and not in the account (any more): {who}. See --rejoin."


def _named(what: list[str]) -> str:
    rest = len(what) - NAMED
    return ", ".join(what[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _raise_unless_wording_fits(config: Config, source: str) -> None:
    """Raise ``ConfigError`` unless the wording of every platform names elements and slots that exist."""
    problems = [
        problem
        for platform in config.platforms or (None,)
        for problem in wording_problems(config, declare(config.on(platform)))
    ]
    if problems:
        text = _text_of(config, source)
        found = (replace(one, line=one.line or line_in(text, one.where)) for one in dict.fromkeys(problems))
        raise ConfigError(source, sorted(found, key=lambda one: one.line))


def _text_of(config: Config, name: str) -> str:
    """Return the text of the file the configuration was read from; empty for a preset, or a deleted file."""
    try:
        return text_files.read(config.folder / name) if config.folder else ""
    except (OSError, text_files.NotUtf8):
        return ""


def _summary(config: Config) -> Iterator[tuple[str, str]]:
    """Yield what the configuration means, a line at a time."""
    site, password = config.site, config.recovery.password
    yield "Site", f"{site.name}, {site.public_url}"
    for key, one in config.platforms.items():
        yield f"Platform {key}", f"{one.name}, {one.url or site.public_url}"
    yield "Languages", f"{', '.join(site.locales)}; {site.default_locale} by default"
    yield from _untranslated(config)
    yield "Sign in by", " or ".join(map(_in_words, config.login.identifiers))
    yield "Sign up", _sign_up(config)
    if password.enabled:
        yield "Password lost", _way_back(config)
    if config.recovery.username.enabled:
        yield "User name lost", "email, then a mail with the list of user names"
    if config.recovery.request.enabled:
        yield "Both lost", f"a request page, mailed to {site.support_email}"
    days = config.password.max_age_days
    age = f"changed every {counted(days, 'day')}" if days else "valid for ever"
    yield "Passwords", f"{config.password.min_length} characters or more, {age}"
    idle, whole = counted(config.session.idle_minutes, "minute"), counted(config.session.absolute_hours, "hour")
    yield "Sessions", f"{idle} idle, {whole} at most"
    yield "Contacts", _contacts(config)
    own = [f"{owner}.{name}" for owner in ("user", "account", "contact") for name in getattr(config.fields, owner)]
    if own:
        yield "Own fields", ", ".join(own)
    yield "Other users", _sub_users(config)
    yield "Help site", (config.help.url or "/help") if config.help.enabled else "none"


def _sign_up(config: Config) -> str:
    door, days = config.signup, config.site.trial_days
    if not door.enabled:
        return f"elsewhere, at {config.site.signup_url}" if config.site.signup_url else "nobody by themselves"
    if door.mode == "invitation":
        return "nobody by themselves; the page says that users come by invitation"
    if door.mode == "closed":
        return "nobody now; the page says so"
    who = f"whoever has an address at {', '.join(door.domains)}" if door.domains else "whoever proves an address"
    trial = f"a trial account for {counted(days, 'day')}" if days else "a trial account without end"
    link = f"by a link for {counted(door.link_hours, 'hour')}"
    return f"{who}, {link}; {trial if door.account == 'trial' else 'no account'}"


def _untranslated(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the languages in which some or all words are shown in English."""
    for covered in _coverage(config):
        if covered.translated < covered.total:
            more = "--update" if config.own_translations else "--init"
            yield "Not translated", f"{covered}; the rest is English. See flask acct translate {more} {covered.locale}"


def _contacts(config: Config) -> str:
    if not config.contacts.enabled:
        return "none; mails of every category go to the owner alone"
    number = f"{config.contacts.max} at most" if config.contacts.max else "any number"
    return f"{number} in an account, for: {', '.join(config.contacts.offered)}"


def _sub_users(config: Config) -> str:
    if not config.users.enabled:
        return "none can be invited"
    own = ", ".join(config.users.permissions)
    days = counted(config.users.invitation_days, "day")
    return f"invited by the owner for {days}{f'; own permissions: {own}' if own else ''}"


def _way_back(config: Config) -> str:
    password = config.recovery.password
    identifiers = (" and " if password.identify else " or ").join(map(_in_words, password.identify or password.choose))
    confirmed = ", a mail to confirm" if password.confirm else ""
    if password.deliver == "link":
        return f"{identifiers}{confirmed}, then a mail with a link for {counted(password.link_minutes, 'minute')}"
    minutes = counted(password.temporary_password_minutes, "minute")
    return f"{identifiers}{confirmed}, then a mail with a temporary password for {minutes}"


def _in_words(identifier: str) -> str:
    return identifier.replace("username", "user name").replace("_", " ")


def _load(name: str) -> click.Command:
    module, _, attribute = ELSEWHERE[name].partition(":")
    try:
        command: click.Command = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRAS:
            raise
        return _missing(name, _how_to_install(error))
    return command


def _missing(name: str, how: str) -> click.Command:
    """Return a command that says what to install, whatever its arguments."""

    def explain(**_: object) -> NoReturn:
        raise CommandFailed(how)

    return click.Command(
        name,
        callback=explain,
        help=f"{HELP_ELSEWHERE[name]} ({how})",
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        add_help_option=False,
    )


def _how_to_install(error: ModuleNotFoundError) -> str:
    """Return how to install the missing module. Raises the error again if no extra installs it."""
    module = (error.name or "").partition(".")[0]
    if module not in EXTRAS or find_spec(module):
        raise error
    return f'This needs {module}, which is not installed. Install it with: pip install "flask_acct[{EXTRAS[module]}]"'
