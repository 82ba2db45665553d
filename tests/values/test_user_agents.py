"""From where something was asked for, in a few words and none of the asker's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_acct.values.user_agents import FAMILIES, SYSTEMS, anonymised, origin

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36", "Chrome, Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/141.0.0.0", "Edge, Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36 OPR/120.0", "Opera, macOS"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
            "Safari, macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/141 Safari/604.1",
            "Chrome, iPhone",
        ),
        (f"Mozilla/5.0 (Linux; Android 14) {CHROME} Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) NobodyKnows/1", "ChromeOS"),
    ],
)
def test_a_browser_and_its_system_are_named(sent: str, said: str) -> None:
    assert origin(sent, "unknown") == (said,)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("8.8.8.8", "IP 8.8.8.*"),
        ("2a00:1450:4003:80f::/64", "IP 2a00:1450:4003:*"),
        ("192.168.1.20", ""),
        ("127.0.0.1", ""),
        ("fd00:1:2:3::/64", ""),
        ("unknown", ""),
    ],
)
def test_of_an_address_of_the_internet_the_beginning_is_said(network: str, said: str) -> None:
    assert anonymised(network) == said


@given(st.text())
def test_nothing_that_a_browser_says_of_itself_is_repeated(user_agent: str) -> None:
    names = {name for _, name in (*FAMILIES, *SYSTEMS)}
    assert {name for part in origin(user_agent, "unknown") for name in part.split(", ")} <= names
