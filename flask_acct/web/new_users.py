"""The form of somebody who becomes a user: what it starts with, and what is said when it is refused."""

from __future__ import annotations

from typing import assert_never

from flask import Response

from .. import registration
from ..new_users import Differ, NewUser, NoUserName, Taken, Unfit, Weak
from ..tallies import TooMany
from .page import Page


def suggest_user_name(page: Page, email: str) -> None:
    """Where the form asks for a user name, it starts with one made from the address."""
    if "username" in {field.name for field in page.screen.fields}:
        page.start["username"] = registration.user_name_from(email)


def filled_in(page: Page) -> NewUser:
    """Return what was typed in the fields ``first_name``, ``last_name``, ``new``, ``repeat`` and, if asked, ``username``."""
    typed = page.values
    return NewUser(
        first_name=typed["first_name"],
        last_name=typed["last_name"],
        username=typed.get("username", ""),
        new=typed["new"],
        repeat=typed["repeat"],
    )


def show_again(page: Page, wrong: Unfit | Taken | TooMany) -> Response:
    """The form again, with what is wrong. The screen declares ``no_user_name``, ``taken`` and ``too_many``."""
    match wrong:
        case NoUserName():
            return page.show("no_user_name")
        case Taken():
            return page.show("taken")
        case Weak(why):
            return page.show(f"password.rules.{why}")
        case Differ():
            return page.show("password.rules.differ")
        case TooMany(wait):
            return page.show("too_many", wait=wait)
        case _:
            assert_never(wrong)
