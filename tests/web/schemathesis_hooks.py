"""Hooks that let schemathesis get past the first checks: it is signed in, and most forms name the account in view."""

from __future__ import annotations

import os
from typing import Any

import requests
import schemathesis

APP = {"X-Acct-Client": "app"}


@schemathesis.auth(refresh_interval=2)
class Owner:
    """The owner of the account, who signs in again every two seconds, because a tested request may sign them out."""

    def get(self, _case: Any, _context: Any) -> str:
        fields = {"identifier": os.environ["ACCT_IDENTIFIER"], "password": os.environ["ACCT_PASSWORD"]}
        answer = requests.post(os.environ["ACCT_SIGN_IN"], json={"fields": fields}, headers=APP, timeout=60)
        return str(answer.json()["session"]["token"])

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


THERE = {"contact": 1, "member": 2, "invitation": 1, "number": "9000"}
"""Values that exist when the run begins, by the parameter of an address."""


@schemathesis.hook
def map_path_parameters(_context: Any, path_parameters: Any) -> Any:
    """Most addresses name something that exists."""
    for name, value in THERE.items():
        if name in (path_parameters or {}) and len(str(path_parameters[name])) % 4:
            path_parameters[name] = value
    return path_parameters


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Most forms are for the account in view, because forms for another one are refused before any other check."""
    if isinstance(body, dict) and isinstance(body.get("account"), str) and len(body["account"]) % 4:
        body["account"] = os.environ["ACCT_ACCOUNT"]
    return body
