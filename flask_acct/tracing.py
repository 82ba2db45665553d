"""Spans of OpenTelemetry, where the host has it: what took how long, and nothing about whom.

Without the package ``opentelemetry-api`` nothing is done. With it, spans go wherever the host's own setup sends them;
without a setup they cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol

NAME = "flask_acct"


class Span(Protocol):
    """What is known of one step while it is taken."""

    def set(self, name: str, value: str | int) -> None: ...


class _NoSpan:
    def set(self, name: str, value: str | int) -> None:
        pass


class _RecordedSpan:
    def __init__(self, span: Any) -> None:
        self._span = span

    def set(self, name: str, value: str | int) -> None:
        self._span.set_attribute(name, value)


NOTHING = _NoSpan()


@contextmanager
def span(name: str, attributes: Mapping[str, str] | None = None) -> Iterator[Span]:
    """Inside this context the step is traced.

    An error ends it as failed, with its class alone: what an error says may be personal.

    Args:
        name: The same for all steps of a kind: ``"acct mail"``.
        attributes: Nothing personal: ``{"acct.mail": "recovery.reset"}``.
    """
    tracer = _tracer()
    if tracer is None:
        yield NOTHING
        return
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as started:
        try:
            yield _RecordedSpan(started)
        except BaseException as error:
            _fail(started, error)
            raise


def is_installed() -> bool:
    """Whether the host has OpenTelemetry."""
    return _tracer() is not None


@cache
def _tracer() -> Any:
    """Return the tracer of this process; it finds the host's setup whenever that is made."""
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace.get_tracer(NAME)


def _fail(started: Any, error: BaseException) -> None:
    from opentelemetry.trace import Status, StatusCode

    started.set_attribute("error.type", type(error).__name__)
    started.set_status(Status(StatusCode.ERROR))
