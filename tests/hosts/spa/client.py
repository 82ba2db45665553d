"""A client app in Python that signs in and sends any form of the account area in JSON. Needs no other packages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

Json = dict[str, Any]


@dataclass
class App:
    """An app at one address, ``https://clients.example.com/account``; it keeps a secret in place of cookies."""

    root: str
    secret: str = field(default="", repr=False)
    account: str | None = None
    """The number of the account in view."""

    def open(self, screen: str) -> Json:
        """Return the content of a screen."""
        return self._ask(Request(f"{self.root}/{screen}"))

    def follow(self, screen: str, link: str) -> Json:
        """Return the screen that a mail's link opens, given the secret of the link."""
        return self._post(screen, {"link": link})

    def send(self, screen: str, link: str = "", **fields: Any) -> Json:
        """Send a form for the account in view. Returns the response, which may have errors by field."""
        body: Json = {"fields": fields} | ({"link": link} if link else {})
        return self._post(screen, body | ({"account": self.account} if self.account else {}))

    def sign_in(self, identifier: str, password: str) -> Json:
        answer = self._post("login", {"fields": {"identifier": identifier, "password": password}})
        session = answer["session"] or {}
        self.secret, self.account = session.get("token", ""), session.get("account")
        return answer

    def _post(self, screen: str, body: Json) -> Json:
        content = json.dumps(body).encode()
        return self._ask(Request(f"{self.root}/{screen}", content, {"Content-Type": "application/json"}))

    def _ask(self, request: Request) -> Json:
        request.add_header("X-Acct-Client", "app")
        if self.secret:
            request.add_header("Authorization", f"Bearer {self.secret}")
        try:
            with urlopen(request, timeout=10) as response:
                return {"status": response.status, **json.load(response)}
        except HTTPError as error:
            with error:
                return {"status": error.code, **json.load(error)}
