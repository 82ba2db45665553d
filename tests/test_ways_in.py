"""How many doors there are into a session: whatever is asked of one of them would not be asked at a new one.

Source: ASVS 6.3.4; CVE-2022-24857, where a second sign-in page asked for less.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import flask_acct

HERE = Path(flask_acct.__file__).parent
NAMES = re.compile(r"UserSession|sessions|current|flask_login|admission|arrival|before_sign_in")
ROW = re.compile(r"(\w+\.)*(insert\((\w+\.)*UserSession(\.__table__)?\)|UserSession\(.*\))")


@cache
def trees() -> dict[Path, ast.Module]:
    """The source of every module that could name a session."""
    sources = {file: file.read_text("utf-8") for file in HERE.rglob("*.py")}
    return {file: ast.parse(source) for file, source in sources.items() if NAMES.search(source)}


def users_of(*names: str) -> set[str]:
    """The functions that use a name, ``sessions.begin`` however it was imported, and where they are."""
    last = {name.rpartition(".")[2] for name in names}
    modules = {name.rpartition(".")[0] for name in names}
    found = set()
    for file, tree in trees().items():
        taken = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                 and (node.module or "").rpartition(".")[2] in modules for alias in node.names}  # fmt: skip
        for function in _functions(tree):
            for node in ast.walk(function):
                is_whole = isinstance(node, ast.Attribute) and ast.unparse(node) in names
                is_bare = isinstance(node, ast.Name) and node.id in last & taken
                if is_whole or is_bare:
                    found.add(f"{file.relative_to(HERE).as_posix()}: {function.name}")
    return found


def statements_named(name: str) -> set[str]:
    """The modules that take a statement of another one's to make one of their own."""
    return {
        file.relative_to(HERE).as_posix()
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == name
    }


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


IN_TESTS_OF_HOSTS = "testing/client.py: _begin"


def test_a_session_begins_in_one_place_and_so_does_a_pending_sign_in() -> None:
    begun = {"security/admission.py: admit", "security/admission.py: hold_pending"}
    assert users_of("sessions.begin", "sessions.beginning") - {IN_TESTS_OF_HOSTS} == begun
    assert statements_named("sessions.BEGIN") == {"security/admission.py"}


def test_who_is_admitted_has_given_a_password_is_new_by_a_link_or_is_signed_in_by_the_host() -> None:
    assert users_of("admission.admit", "admission.complete") == {
        "features/login/flows.py: sign_in",
        "features/password/flows.py: sign_in",
        "accounts/new_users.py: sign_in",
        "web/arrival.py: begun",
    }


def test_only_the_hosts_own_code_signs_in_without_a_proof() -> None:
    assert users_of("arrival.begun") == {"from_python.py: sign_in", "web/host_login.py: _begin"}


def test_the_host_is_asked_at_every_way_in_but_its_own() -> None:
    assert users_of("page.host.before_sign_in") == {
        "features/login/pages.py: sign_in",
        "features/password/pages.py: _entry",
        "features/signup/pages.py: finish",
        "features/invitations/pages/answering.py: join",
    }


def test_no_row_of_a_session_is_written_elsewhere() -> None:
    made = {
        file.relative_to(HERE).as_posix()
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ROW.fullmatch(ast.unparse(node))
    }
    assert made == {"security/sessions.py"}


def test_a_cookie_of_a_session_is_given_in_one_place() -> None:
    assert users_of("current.arrive") == {"web/arrival.py: enter"}


def test_flask_login_signs_nobody_in() -> None:
    assert users_of("flask_login.login_user", "login_user") == set()
