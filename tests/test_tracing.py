"""Spans of OpenTelemetry: one for each screen, mail and answer, without anything personal."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from flask_acct import tracing

from .web.conftest import make as make
from .web.conftest import site as site
from .web.site import Site
from .web.test_recovering import way_in

EXPORTER = InMemorySpanExporter()


@pytest.fixture(scope="module", autouse=True)
def set_up() -> None:
    """The process has a setup of OpenTelemetry's, which it can have only once."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
    trace.set_tracer_provider(provider)


@pytest.fixture(autouse=True)
def no_spans() -> None:
    EXPORTER.clear()


def spans(name: str) -> list[ReadableSpan]:
    return [span for span in EXPORTER.get_finished_spans() if span.name == name]


def test_a_screen_is_a_span(site: Site) -> None:
    site.app.test_client().get("/account/login")
    site.app.test_client().get("/account/-/live")
    (span,) = spans("acct screen")
    assert dict(span.attributes or {}) == {
        "acct.screen": "login.form",
        "http.request.method": "GET",
        "http.response.status_code": 200,
    }


def test_an_answer_and_its_mail_are_spans_with_their_outcome(site: Site) -> None:
    way_in(site)
    (answer,), (mail,) = spans("acct answer"), spans("acct mail")
    assert dict(answer.attributes or {}) == {"acct.screen": "recovery.password", "acct.outcome": "mailed"}
    assert dict(mail.attributes or {}) == {"acct.mail": "recovery.reset", "acct.outcome": "sent"}


def test_no_span_says_anything_of_anybody(site: Site) -> None:
    site.sign_in("alice", "wrong password")
    site.alice().open("/account/me")
    told = "".join(span.to_json() for span in EXPORTER.get_finished_spans())
    assert "login.form" in told
    assert not any(secret in told for secret in ("alice", "example.com", "wrong password", "9000"))


def test_an_error_is_told_by_its_class_alone() -> None:
    def fails() -> None:
        with tracing.span("acct mail"):
            raise ValueError("alice@example.com")

    with pytest.raises(ValueError, match="alice"):
        fails()
    (span,) = spans("acct mail")
    assert dict(span.attributes or {}) == {"error.type": "ValueError"}
    assert "alice" not in span.to_json()


def test_without_opentelemetry_nothing_is_done() -> None:
    """In a process of its own, where it cannot be imported."""
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from flask_acct import tracing\n"
        "assert not tracing.is_installed()\n"
        "with tracing.span('acct mail') as span: span.set('acct.outcome', 'sent')"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
