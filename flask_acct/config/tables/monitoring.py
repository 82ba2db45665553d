"""The tables of acct.toml about what operators' programs ask: ``[health]`` and ``[metrics]``."""

from __future__ import annotations

from pydantic import Field

from ..values import Whole
from .table import SettingsTable


class Health(SettingsTable):
    worker_minutes: Whole = Field(default=5, ge=0, le=1440)
    """Minutes without a sign of life of any mail worker after which /account/-/ready answers that the worker is
    missing; 0: it is not asked."""
    doctor: bool = False
    """The address /account/-/doctor has what "flask acct doctor" finds, as a page: to whoever brings
    ACCT_METRICS_TOKEN, else to this machine alone; and to staff who are signed in, see [staff]."""


class Metrics(SettingsTable):
    enabled: bool = False
    """The address /account/-/metrics has figures for Prometheus: to whoever brings ACCT_METRICS_TOKEN, else to this
    machine alone. Needs the extra flask_acct[metrics]."""
