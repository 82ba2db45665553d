"""What a check finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: ``Line("TLS", "warn", "the certificate ends in 9 days", "Renew it: certbot renew")``.

    ``fail`` means that visitors meet it, or will soon; ``warn`` that it can wait, or could not be looked at.
    """

    name: str
    state: Verdict
    what: str
    fix: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it for a program: ``{"name": "TLS", "state": "warn", "what": …, "fix": …}``."""
        return asdict(self)


def ok(name: str, what: str) -> Line:
    return Line(name, "ok", what)


def warn(name: str, what: str, fix: str) -> Line:
    return Line(name, "warn", what, fix)


def fail(name: str, what: str, fix: str) -> Line:
    return Line(name, "fail", what, fix)


def not_checked(name: str, why: str, fix: str) -> Line:
    """Return the finding of a check that could not look."""
    return Line(name, "warn", f"not checked: {why}", fix)
