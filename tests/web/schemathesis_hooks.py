"""What schemathesis has to know to get past the door: who it is, and of which account most of its forms are."""

from __future__ import annotations

import os
from typing import Any

import requests
import schemathesis

APP = {"X-Acct-Client": "app"}


@schemathesis.auth(refresh_interval=2)
class Owner:
    """The owner of the account, signed in anew every other second: what is tried may sign them out."""

    def get(self, _case: Any, _context: Any) -> str:
        fields = {"identifier": os.environ["ACCT_IDENTIFIER"], "password": os.environ["ACCT_PASSWORD"]}
        answer = requests.post(os.environ["ACCT_SIGN_IN"], json={"fields": fields}, headers=APP, timeout=10)
        return str(answer.json()["session"]["token"])

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


THERE = {"contact": 1, "member": 2, "invitation": 1, "number": "9000"}
"""What is there when the run begins, by the parameter of an address that names it."""


@schemathesis.hook
def map_path_parameters(_context: Any, path_parameters: Any) -> Any:
    """Most addresses lead to something."""
    for name, value in THERE.items():
        if name in (path_parameters or {}) and len(str(path_parameters[name])) % 4:
            path_parameters[name] = value
    return path_parameters


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Forms of other accounts are refused before anything else: most are of the one in view."""
    if isinstance(body, dict) and isinstance(body.get("account"), str) and len(body["account"]) % 4:
        body["account"] = os.environ["ACCT_ACCOUNT"]
    return body
