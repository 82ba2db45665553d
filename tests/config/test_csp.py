"""What a company may add to the policy of our pages, and what it may not, said with the fix."""

from __future__ import annotations

import pytest

from flask_acct.config import ConfigError, csp, parse

GOOD = [
    ("img-src", "https://cdn.example.com"), ("img-src", "data:"), ("style-src", "https://fonts.example.com/css"),
    ("script-src", "https://*.example.com"), ("connect-src", "wss://live.example.com:8443"), ("font-src", "data:"),
    ("script-src", "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"), ("frame-src", "https://pay.example.com"),
    ("worker-src", "blob:"), ("form-action", "https://pay.example.com"),
]  # fmt: skip

WRONG = [
    ("script-src", "'unsafe-inline'", "hash"), ("style-src", "'unsafe-inline'", "hash"),
    ("script-src", "'unsafe-eval'", "hash"), ("script-src", "data:", "img-src"), ("script-src", "*", "https://cdn"),
    ("script-src", "https:", "https://cdn"), ("img-src", "http://cdn.example.com", "https://cdn.example.com"),
    ("img-src", "cdn.example.com", "https://cdn.example.com"), ("img-src", "'none'", "remove it"),
    ("img-src", "https://cdn.example.com; script-src *", "https://cdn"), ("img-src", "https://a.example b", "https://cdn"),
    ("img-src", "https://*", "https://cdn"), ("img-src", "https://*.", "https://cdn"), ("img-src", "", "https://cdn"),
    ("img-src", "https://cdn.example.com\\r\\nX: y", "https://cdn"), ("worker-src", "data:", "img-src"),
    ("default-src", "'self'", "Did you mean"), ("frame-ancestors", "https://a.example.com", "Did you mean"),
    ("script-src", "'nonce-abc'", "https://cdn"), ("img-src", "'self'", "twice"),
]  # fmt: skip


@pytest.mark.parametrize(("directive", "source"), GOOD)
def test_a_source_is_added(directive: str, source: str) -> None:
    config = parse(f'[security.csp]\n{directive} = ["{source}"]')
    written = csp.policy(config.security.csp)
    assert f"{directive} 'self' {source}" in written
    assert "default-src 'none'" in written
    assert "frame-ancestors 'none'" in written


@pytest.mark.parametrize(("directive", "source", "fix"), WRONG)
def test_what_would_weaken_it_is_refused_with_the_fix(directive: str, source: str, fix: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(f'[security.csp]\n{directive} = ["{source}", "{source}"]' if fix == "twice" else
              f'[security.csp]\n{directive} = ["{source}"]')  # fmt: skip
    assert fix in str(refused.value)


def test_what_is_there_already_is_not_said_twice() -> None:
    assert csp.policy({"img-src": ["'self'"]}).count("img-src 'self';") == 1


@pytest.mark.parametrize(
    "path", ["static/brand.css", "https://cdn.example.com/a.css", "/static/brand.js", "//a/b.css", ""]
)
def test_a_stylesheet_is_on_this_site(path: str) -> None:
    with pytest.raises(ConfigError, match=r"/static/brand\.css"):
        parse(f'[brand]\nstylesheet = "{path}"')
