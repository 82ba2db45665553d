"""The sample's own tables: what a company sells, beside the ``acct_*`` tables and in the same database.

They have a metadata of their own and point at flask_acct's columns: ``ForeignKey(Account.id)``. Every row is of one
account, and only ``every`` and ``one`` read them, so no page can forget to ask whose they are.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, TypeVar

from flask import abort, current_app
from sqlalchemy import JSON, ForeignKey, Select, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, relationship
from sqlalchemy.schema import CreateIndex, CreateTable

from flask_acct import Account, User, current_account
from flask_acct.db.models import UTCDateTime

from .extensions import acct

LARGEST_ID = 2**31 - 1
"""PostgreSQL would not take the question for a larger one."""

PLANS = {"Start": 390, "Plus": 790, "Pro": 1490}
"""What a month costs, in cents; the next one is always more."""

HAS = {"Start": (1, 5, 5), "Plus": (5, 25, 25), "Pro": (20, 100, 100)}
"""Websites, gigabytes and mailboxes of each plan."""

SOON = timedelta(days=30)
"""A domain that expires within this time is marked."""


class Table(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UTCDateTime(), list[str]: JSON()}


class Owned:
    """A row of one account."""

    id: Mapped[int] = mapped_column(primary_key=True)

    @declared_attr
    def account_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy gives it the class
        # In a class of several tables a key to a column of another metadata must be made for each of them.
        return mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), index=True)


class Service(Owned, Table):
    """A hosting plan. ``ends_on`` is set once it has been cancelled."""

    __tablename__ = "shop_service"

    plan: Mapped[str] = mapped_column(String(40))
    domain: Mapped[str] = mapped_column(String(254))
    renews_on: Mapped[date]
    ends_on: Mapped[date | None]
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """Of its control panel. No page ever shows it; a new one takes its place."""

    @property
    def cents(self) -> int:
        return PLANS[self.plan]

    @property
    def state(self) -> str:
        """``active``; ``ending`` once it is cancelled, and then ``ended``."""
        if self.ends_on is None:
            return "active"
        return "ended" if self.ends_on < today() else "ending"


class Registration(Owned, Table):
    """A domain that was registered with us."""

    __tablename__ = "shop_registration"

    name: Mapped[str] = mapped_column(String(254))
    expires_on: Mapped[date]
    nameservers: Mapped[list[str]]

    @property
    def state(self) -> str:
        """``active``, ``expiring`` or ``expired``."""
        if self.expires_on < today():
            return "expired"
        return "expiring" if self.expires_on <= today() + SOON else "active"


class Invoice(Owned, Table):
    __tablename__ = "shop_invoice"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    issued_on: Mapped[date]
    due_on: Mapped[date]
    paid_on: Mapped[date | None]
    lines: Mapped[list[Line]] = relationship(order_by="Line.id", cascade="all, delete-orphan", lazy="selectin")
    payments: Mapped[list[Payment]] = relationship(order_by="Payment.id", cascade="all, delete-orphan", lazy="selectin")

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)

    @property
    def state(self) -> str:
        """``paid``, ``reported``, ``overdue`` or ``unpaid``."""
        if self.paid_on:
            return "paid"
        if self.payments:
            return "reported"
        return "overdue" if self.due_on < today() else "unpaid"

    @property
    def is_payable(self) -> bool:
        """Whether it waits for money, as far as we and the account know."""
        return self.state in ("unpaid", "overdue")


class Line(Table):
    """A line of an invoice."""

    __tablename__ = "shop_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id, ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(200))
    cents: Mapped[int]


class Payment(Table):
    """A payment that a customer says was made; somebody in accounting compares it with the bank's list."""

    __tablename__ = "shop_payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id, ondelete="CASCADE"), index=True)
    reported_by: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    paid_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(100))


class Receipt(Owned, Table):
    """One payment through the payment page, for one invoice or several."""

    __tablename__ = "shop_receipt"

    paid_at: Mapped[datetime]
    paid_by: Mapped[str] = mapped_column(String(250))
    """Their name as it was."""
    invoices: Mapped[list[Invoice]] = relationship(secondary="shop_settled", order_by="Invoice.id", backref="receipts")

    @property
    def number(self) -> str:
        return f"R-{self.id:06}"

    @property
    def cents(self) -> int:
        return sum(invoice.cents for invoice in self.invoices)


class Settled(Table):
    """An invoice that a receipt is for. The key allows no second receipt."""

    __tablename__ = "shop_settled"

    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id, ondelete="CASCADE"), primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey(Receipt.id, ondelete="CASCADE"), index=True)


class Campaign(Owned, Table):
    """A mail that went to a whole list."""

    __tablename__ = "shop_campaign"

    subject: Mapped[str] = mapped_column(String(150))
    audience: Mapped[str] = mapped_column(String(80))
    """The list it went to, by its name then."""
    sent_on: Mapped[date]
    recipients: Mapped[int]
    opened: Mapped[int]
    clicked: Mapped[int]

    @property
    def opened_share(self) -> float:
        return self.opened / self.recipients

    @property
    def clicked_share(self) -> float:
        return self.clicked / self.recipients


class Audience(Owned, Table):
    """A list of addresses."""

    __tablename__ = "shop_audience"

    name: Mapped[str] = mapped_column(String(80))
    addresses: Mapped[int]
    gone: Mapped[int]
    """Those who unsubscribed."""


class Wallet(Owned, Table):
    """What an account has paid in advance, and how it pays."""

    __tablename__ = "shop_wallet"

    messages: Mapped[int] = mapped_column(default=0)
    """Text messages that can still be sent."""
    emails: Mapped[int] = mapped_column(default=0)
    card: Mapped[str] = mapped_column(default="")
    """Its last four digits; whoever takes the payments keeps the others."""


class Use(Owned, Table):
    """Credit that was used up: ``Use(credit="emails", number=1100, what="Spring offers", used_on=day)``."""

    __tablename__ = "shop_use"

    credit: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    what: Mapped[str] = mapped_column(String(150))
    used_on: Mapped[date]


class Ticket(Owned, Table):
    """A support request."""

    __tablename__ = "shop_ticket"

    subject: Mapped[str] = mapped_column(String(150))
    is_answered: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    messages: Mapped[list[Message]] = relationship(order_by="Message.id", cascade="all, delete-orphan")


class Message(Table):
    """What somebody wrote in a ticket; nobody of the account means that we did."""

    __tablename__ = "shop_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey(Ticket.id, ondelete="CASCADE"), index=True)
    author: Mapped[str | None] = mapped_column(String(250))
    """Their name as it was: it stays when the user leaves the account."""
    text: Mapped[str]
    sent_at: Mapped[datetime]


class Referral(Owned, Table):
    """A customer who came by the account's link."""

    __tablename__ = "shop_referral"

    joined_on: Mapped[date]
    plan: Mapped[str] = mapped_column(String(40))
    cents: Mapped[int]
    """The commission."""
    paid_on: Mapped[date | None]


class Order(Owned, Table):
    """Something the account asked for: ``order``, ``upgrade``, ``cancel`` or ``renew``."""

    __tablename__ = "shop_order"

    kind: Mapped[str] = mapped_column(String(16))
    plan: Mapped[str] = mapped_column(String(40))
    """The name of a plan, or a credit and how much of it: ``messages 500``."""
    domain: Mapped[str] = mapped_column(String(254))
    ordered_by: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    ordered_at: Mapped[datetime]
    orderer: Mapped[User | None] = relationship(User)
    charge: Mapped[Charge | None] = relationship(back_populates="order")


class Charge(Table):
    """The invoice of an order; an upgrade or a cancellation has none."""

    __tablename__ = "shop_charge"

    order_id: Mapped[int] = mapped_column(ForeignKey(Order.id, ondelete="CASCADE"), primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id, ondelete="CASCADE"), index=True)
    order: Mapped[Order] = relationship(back_populates="charge")
    invoice: Mapped[Invoice] = relationship()


Row = TypeVar("Row", bound=Owned)


def db() -> Session:
    """The database session of this request. Our tables are made when it is first asked for."""
    make_tables()
    return acct.session


def make_tables() -> None:
    """The tables are there, whichever process comes first. A real host has migrations instead."""
    if "shop" in current_app.extensions:
        return
    with acct.engine.begin() as connection:
        for table in Table.metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
    current_app.extensions["shop"] = Table.metadata


def every(kind: type[Row]) -> Select[Row]:
    """Those of the account in view, to be ordered and narrowed."""
    return select(kind).where(kind.account_id == current_account.id)


def one(kind: type[Row], id_: int) -> Row:
    """One of the account in view. Another account's is as missing as one that does not exist: 404, byte for byte."""
    row = db().scalar(every(kind).where(kind.id == id_)) if id_ <= LARGEST_ID else None
    return row or abort(404)


def wallet() -> Wallet:
    """Of the account in view; an empty one where there is none yet."""
    empty = Wallet(account_id=current_account.id, messages=0, emails=0, card="")
    return db().scalar(every(Wallet).limit(1)) or empty


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return now().date()
