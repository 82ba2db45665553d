"""Checks that involve several tables of acct.toml: settings in one that another does not allow."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ..values.languages import fallbacks
from .problems import ValueFault, did_you_mean
from .tables.accounts import PERMISSIONS
from .tables.contacts import Contacts
from .tables.fields import SHIPPED_FIELDS
from .tables.site import Site
from .values import is_locale


def faults_across(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """Yield every fault that involves several tables, which are as TOML parses them.

    Faults within one table are found by its own validation, see ``problems.faults``.
    """
    yield from _sub_users_cannot_sign_in(tables)
    yield from _newcomers_cannot_sign_in(tables)
    yield from _senders_of_no_category(tables)
    try:
        offered = Site.model_validate(tables.get("site", {})).locales
    except ValidationError:
        return
    allowed = {language for locale in offered for language in fallbacks(locale)}
    yield from _wordings_in_other_languages(tables, allowed)
    yield from _help_in_other_languages(tables, offered)
    yield from _unknown_permissions(tables)
    for path, words in _additions(tables):
        yield from _languages_of(path, words, offered, allowed)
    for path, words in _topics(tables):
        yield from _languages_of(path, words, _help_locales(tables) or offered, allowed)


def _sub_users_cannot_sign_in(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """Yield a fault if people sign in by customer number only, but owners may invite users, who have none."""
    identifiers = _below(tables, "login").get("identifiers")
    users = tables.get("users", {})
    if identifiers != ["customer_number"] or not isinstance(users, dict) or users.get("enabled", True) is not True:
        return
    what = "has users who could not sign in: a customer number names the owner of its account and nobody else"
    fix = 'Add "username" or "email" to [login] identifiers, or write [users] enabled = false.'
    yield ValueFault(("users",), what, fix)


def _newcomers_cannot_sign_in(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """Yield a fault if people sign in by customer number only, but new users get no account and so no number."""
    signup = _below(tables, "signup")
    if _below(tables, "login").get("identifiers") != ["customer_number"] or signup.get("account") != "none":
        return
    if signup.get("enabled") is True:
        what = "gives new users no account, and without one they have no customer number to sign in with"
        fix = 'Write account = "trial", or add "username" or "email" to [login] identifiers.'
        yield ValueFault(("signup", "account"), what, fix)


def _senders_of_no_category(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """Yield a fault for each sender of a category of mail that does not exist."""
    try:
        offered = Contacts.model_validate(tables.get("contacts", {})).offered
    except ValidationError:
        return
    for name in _below(_below(tables, "mail"), "senders"):
        if name not in offered:
            yield ValueFault(("mail", "senders", name), "is for no kind of mail there is", did_you_mean(name, offered))


def _wordings_in_other_languages(tables: Mapping[str, Any], allowed: Container[str]) -> Iterator[ValueFault]:
    """Yield a fault for each table of words in a language that no page of this site uses or falls back to."""
    for path in _wordings(tables):
        if is_locale(path[-1]) and path[-1] not in allowed:
            fix = f'Add "{path[-1]}" to [site] locales, or remove the table.'
            yield ValueFault(path, "is for a language that the site does not offer", fix)


def _help_in_other_languages(tables: Mapping[str, Any], offered: Collection[str]) -> Iterator[ValueFault]:
    """Yield a fault for each language of the help site that the site itself does not offer."""
    for number, locale in enumerate(_help_locales(tables)):
        if is_locale(locale) and locale not in offered:
            what = f'"{locale}" is a language that the site does not offer'
            yield ValueFault(("help", "locales", number), what, f"The site offers: {', '.join(offered)}.")


def _unknown_permissions(tables: Mapping[str, Any]) -> Iterator[ValueFault]:
    """Yield a fault for each permission in [accounts], [roles] and [nav] that does not exist."""
    known = (*PERMISSIONS, *_below(_below(tables, "users"), "permissions"))
    for role in _below(tables, "roles"):
        names = _below(_below(tables, "roles"), role).get("permissions")
        for number, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and name not in known:
                what, fix = f'"{name}" is not a permission', did_you_mean(name, known)
                yield ValueFault(("roles", role, "permissions", number), what, fix)
    for key, names in _below(tables, "accounts").items():
        for number, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and name not in known:
                yield ValueFault(("accounts", key, number), f'"{name}" is not a permission', did_you_mean(name, known))
    for link, table in _below(_below(tables, "nav"), "links").items():
        name = _below({"link": table}, "link").get("needs")
        if isinstance(name, str) and name not in known:
            path = ("nav", "links", link, "needs")
            yield ValueFault(path, f'"{name}" is not a permission', did_you_mean(name, known))


def _languages_of(
    path: tuple[str, ...], words: Mapping[str, Any], given: Iterable[Any], allowed: Container[str]
) -> Iterator[ValueFault]:
    """Yield the faults of words that are needed in several languages.

    Args:
        words: The words by language.
        given: Each of these languages needs words, its own or those of one it falls back to.
        allowed: Words in any other language than these are a fault.
    """
    for locale in words:
        if is_locale(locale) and locale not in allowed:
            fix = f'Add "{locale}" to [site] locales, or remove the word.'
            yield ValueFault((*path, locale), "is for a language that the site does not offer", fix)
    lacking = [locale for locale in given if is_locale(locale) and not words.keys() & _same_language(locale)]
    if lacking:
        yield ValueFault(path, f"has no words in: {', '.join(lacking)}", f'Add {lacking[0].partition("_")[0]} = "…".')


def _same_language(locale: str) -> set[str]:
    """Return the locale and those of the same language that it falls back to: ``{"es_AR", "es"}``."""
    language = locale.partition("_")[0]
    return {one for one in fallbacks(locale) if one.partition("_")[0] == language}


ADDING = (
    ("contacts", "extra"),
    ("users", "permissions"),
    ("nav", "links"),
    ("nav", "header"),
    *(("fields", owner) for owner in SHIPPED_FIELDS),
)
"""The tables whose values have a label by language, by table and key."""


def _wordings(tables: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the path of every table of words: ``("labels", "es")``."""
    yield from ((table, locale) for table in ("labels", "vocabulary") for locale in _below(tables, table))
    for key, platform in _below(tables, "platforms").items():
        yield from (("platforms", key, "labels", locale) for locale in _below(platform, "labels"))


def _topics(tables: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield the path of every category and tag of the help centre, with its words by language."""
    for kind in ("categories", "tags"):
        for name, words in _below(_below(tables, "help"), kind).items():
            if isinstance(words, dict):
                yield ("help", kind, name), words


def _additions(tables: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield the path of every label, help text and option that the host added, with its words by language."""
    for table, key in ADDING:
        for name, added in _below(_below(tables, table), key).items():
            yield from (
                ((table, key, name, kind), words) for kind in ("label", "help") if (words := _below(added, kind))
            )
    for role, added in _below(tables, "roles").items():
        yield from ((("roles", role, kind), words) for kind in ("label", "help") if (words := _below(added, kind)))
    if called := _below(_below(tables, "login"), "label"):
        yield ("login", "label"), called
    for owner in SHIPPED_FIELDS:
        for name, added in _below(_below(tables, "fields"), owner).items():
            for option, words in _below(added, "options").items():
                if isinstance(words, dict):
                    yield ("fields", owner, name, "options", option), words


def _help_locales(tables: Mapping[str, Any]) -> list[Any]:
    locales = _below(tables, "help").get("locales")
    return locales if isinstance(locales, list) else []


def _below(tables: Any, name: str) -> Mapping[str, Any]:
    inner = tables.get(name) if isinstance(tables, dict) else None
    return inner if isinstance(inner, dict) else {}
