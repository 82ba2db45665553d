"""Which build of the help site is served, also while another replaces it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ...values.build_marks import AWAY, SWAPPING, UNFINISHED

POLICY_FILE = "csp.txt"
"""Written at the end of a build: the policy that fits the inline scripts of its pages."""

STRICT_POLICY = "default-src 'none'"

MOMENT_SECONDS = 0.5
"""How long a reader waits at most for a build to be in place."""

FORGOTTEN_SECONDS = 5
"""A process that has been replacing a build for longer was killed while doing so."""

PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Build:
    """What distinguishes one build in a folder from the next."""

    inode: int
    changed: int


def standing(site: Path) -> Build | None:
    """Return the build in the folder, after a moment if one is being put there; ``None`` if there is none."""
    end = time.monotonic() + MOMENT_SECONDS
    while True:
        found = _found(site)
        if not _is_on_its_way(site, found) or time.monotonic() >= end:
            return found
        time.sleep(PAUSE_SECONDS)


def policy(site: Path) -> str:
    """Return the Content-Security-Policy of the build. Raises ``OSError`` if there is none."""
    return (site / POLICY_FILE).read_text("ascii").strip() or STRICT_POLICY


def _found(site: Path) -> Build | None:
    try:
        facts = (site / POLICY_FILE).stat()
    except OSError:
        return None
    return Build(facts.st_ino, facts.st_mtime_ns)


def _is_on_its_way(site: Path, found: Build | None) -> bool:
    """Whether a build is being put here just now: part by part, or after the old one was moved away."""
    try:
        if time.time() - (site / SWAPPING).stat().st_mtime < FORGOTTEN_SECONDS:
            return True
    except OSError:
        pass
    return found is None and any(site.parent.glob(f".{site.name}.{UNFINISHED}*{AWAY}"))
