"""All checks, in the order in which they are run and shown."""

from __future__ import annotations

from . import (
    backups,
    database,
    dns_records,
    help_site,
    host,
    keys,
    limit_storage,
    machine,
    mail,
    public_address,
)
from .checkup import Check

CHECKS: tuple[Check, ...] = (
    machine.versions,
    host.routes,
    host.settings,
    keys.secret_key,
    keys.waiting_links,
    database.engine,
    database.migrations,
    database.write_ahead_log,
    database.connections,
    database.clock,
    limit_storage.storage,
    public_address.certificate,
    public_address.redirect,
    public_address.proxies,
    mail.server,
    mail.worker,
    mail.celery,
    mail.waiting,
    dns_records.spf,
    dns_records.dmarc,
    dns_records.dkim,
    help_site.freshness,
    help_site.verification,
    help_site.served,
    backups.newest,
    machine.disk,
    machine.time_zones,
    machine.permissions,
)
