"""What only the demo needs: accounts that are not open, something in each of them, and a word on how to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import delete, select, update

from flask_acct import Account, Contact, Membership, User
from flask_acct.config import Identifier

from . import shop, trades
from .shop import (
    PLANS,
    Audience,
    Campaign,
    Charge,
    Invoice,
    Line,
    Message,
    Order,
    Payment,
    Referral,
    Registration,
    Service,
    Ticket,
    Use,
    Wallet,
)
from .words import name_in

PASSWORD = "correct horse battery staple"  # noqa: S105 - of an invented customer
SIGN_IN: dict[Identifier, str] = {"username": "m00000", "customer_number": "9000", "email": "mario@example.com"}
"""The first customer of the sample file, by what the preset lets people sign in with."""


def speak(app: Flask) -> None:
    """Whoever signs in first reads the language of the company."""
    config = app.extensions["acct"].platform.config
    with app.extensions["acct"].database.transaction() as db:
        first = update(User).where(User.username == SIGN_IN["username"])
        db.execute(first.values(locale=config.site.default_locale))


STATES = {"9003": "suspended", "9016": "closed"}
"""Customer numbers whose accounts are as an operator may leave them: m00003 and m00010 sign in to see it."""

WITHOUT_ACCOUNT = "m00011"


def set_standings(app: Flask) -> None:
    """Some customers are not as an import makes them: a suspended account, a closed one, a user left with none."""
    with app.extensions["acct"].database.transaction() as db:
        for number, state in STATES.items():
            db.execute(update(Account).where(Account.number == number).values(state=state))
        nobody = select(User.id).where(User.username == WITHOUT_ACCOUNT).scalar_subquery()
        db.execute(delete(Membership).where(Membership.user_id == nobody))


MEMBERS = {"m00004": ["invoices", "tickets", "emails"], "m00001": ["products", "domains"]}
"""What others may do in the first account, by user name; m00001 has an account of her own as well."""


def add_members(app: Flask) -> None:
    """The first account has users who may do some things, unless some may already."""
    acct = app.extensions["acct"]
    with acct.database.transaction() as db:
        account = db.scalar(select(Account).where(Account.number == "9000"))
        if account is None or any(place.permissions for place in account.memberships):
            return
        places = {place.user_id: place for place in account.memberships}
        for user in db.scalars(select(User).where(User.username.in_(MEMBERS))):
            place = places.get(user.id) or Membership(user_id=user.id, account_id=account.id, created_at=acct.clock())
            place.permissions = MEMBERS[user.username]
            db.add(place)


CONTACTS = (
    ("Giulia", "Ferri", "giulia.ferri@example.com", "it", ["invoices"]),
    ("Omar", "Benali", "it@example.com", "en", ["domains", "support"]),
    ("", "", "office@example.com", None, ["general", "products", "domains", "invoices", "support"]),
)
"""Who gets mails about the first account besides its owner: name, address, language, and which."""


def add_contacts(app: Flask) -> None:
    """The first account has contacts, unless there are some already."""
    acct = app.extensions["acct"]
    if not acct.platform.config.contacts.enabled:
        return
    with acct.database.transaction() as db:
        account = db.scalar(select(Account).where(Account.number == "9000"))
        if account is None or db.scalar(select(Contact.id).limit(1)):
            return
        for first, last, email, locale, categories in CONTACTS:
            named = {"first_name": first, "last_name": last, "email": email, "email_key": email, "locale": locale}
            contact = Contact(account_id=account.id, categories=categories, **named)
            contact.sort_key = contact.name.lower()
            contact.created_at = contact.changed_at = acct.clock()
            db.add(contact)


MAILBOX = {
    "en": (
        "Moving a mailbox",
        "How do I move my old mails to you?",
        "Send us the name of the mailbox, and we copy it.",
    ),
    "es": (
        "Mudar un buzón",
        "¿Cómo traigo mis correos antiguos?",
        "Envíenos el nombre del buzón y lo copiamos.",
    ),
    "it": ("Spostare una casella", "Come porto da voi la vecchia posta?", "Dicci qual è la casella e la copiamo noi."),
}
SENDER = {
    "en": ("Sender address", "Can I send from an address of our own?", "Yes. Confirm it once, and choose it."),
    "es": (
        "Dirección del remitente",
        "¿Puedo enviar desde una dirección nuestra?",
        "Sí. Confírmela una vez y elíjala.",
    ),
    "it": ("Indirizzo del mittente", "Posso inviare da un nostro indirizzo?", "Sì. Confermalo una volta e sceglilo."),
}
TALK = {"hosting": MAILBOX, "campaigns": SENDER, "sending": SENDER}
"""A subject, a question and the answer, by trade and by the language of the account's owner."""

HOSTING = {"en": "Hosting {plan}, one month", "es": "Alojamiento {plan}, un mes", "it": "Hosting {plan}, un mese"}
MONTH = {"en": "{plan}, one month", "es": "{plan}, un mes", "it": "{plan}, un mese"}
SENT = {
    "en": ("Customers", ("Spring offers", "What is new", "Closed on Monday")),
    "es": ("Clientes", ("Ofertas de primavera", "Novedades", "El lunes cerramos")),
    "it": ("Clienti", ("Offerte di primavera", "Novità", "Lunedì siamo chiusi")),
}
"""A list, and what was sent to it."""
BOUGHT = {"messages": 500, "emails": 10000}
"""Credits, where the company sells any."""
REMINDER = {"en": "Reminder: opening hours", "es": "Recordatorio: horarios", "it": "Promemoria: orari"}
"""What text messages were used for."""

PLACE = {"tax_id": "B00000000", "address1": "Via Roma 1", "postcode": "00184", "city": "Roma", "country": "IT"}
"""Where the first customer is, so that invoices say whom they are for."""

SERVERS = ["ns1.brisalta.example", "ns2.brisalta.example"]
WITH_ROWS = 25
"""Accounts that are filled, from the first customer number on; the others show how an empty page looks."""


def fill(app: Flask) -> None:
    """The first accounts have what the company sells, unless there is something already."""
    with app.app_context():
        db = shop.db()
        if db.scalar(select(Invoice.id).limit(1)):
            return
        db.execute(update(Account).where(Account.number == SIGN_IN["customer_number"]).values(**PLACE))
        owners = select(Account, User).join(Account.memberships).join(Membership.user).where(Membership.is_owner)
        for n, (account, owner) in enumerate(db.execute(owners.order_by(Account.number).limit(WITH_ROWS)).all()):
            db.add_all(_rows(n, account, owner))
            if trades.here().name == trades.ANY and _is_paid_for(account):
                # Each of its services is renewed on a day of its own, so the account as a whole has no end.
                account.plan_expires_on = None
        db.commit()


def _is_paid_for(account: Account) -> bool:
    ends = account.plan_expires_on
    return account.plan == "purchased" and ends is not None and ends > shop.today()


def _rows(n: int, account: Account, owner: User) -> Iterator[shop.Owned]:
    """What the n-th account has: its services or campaigns, its invoices, and a question that was answered."""
    trade, language = trades.here(), (owner.locale or "en")[:2]
    language = language if language in MONTH else "en"
    sold = _hosting if trade.name == trades.ANY else _sending
    rows: list[shop.Owned] = list(sold(n, account, owner, language))
    yield from rows
    yield from _tickets(account, owner, *TALK[trade.name][language])
    uses = _uses(n, account, language)
    left = {
        credit: number - sum(use.number for use in uses if use.credit == credit) for credit, number in BOUGHT.items()
    }
    yield Wallet(account_id=account.id, card=f"{4242 + n}", **left)
    if trade.packs:
        yield from uses
        invoice = next(row for row in rows if isinstance(row, Invoice))
        for pack in trade.packs:
            if BOUGHT[pack.credit] == pack.number:
                yield _bought(pack, invoice, account, owner, language)


def _bought(pack: trades.Pack, invoice: Invoice, account: Account, owner: User, language: str) -> Order:
    """Return the order of some credit, which is on an invoice together with the plan."""
    what = f"{pack.credit} {pack.number}"
    invoice.lines.append(Line(text=name_in(what)(language), cents=pack.cents))
    bought = {"kind": "credits", "plan": what, "domain": "", "ordered_by": owner.id}
    return Order(account_id=account.id, **bought, ordered_at=_noon(_issued_ago(0)), charge=Charge(invoice=invoice))


def _hosting(n: int, account: Account, owner: User, language: str) -> Iterator[shop.Owned]:
    """A plan for each domain, its invoices, and customers who came by its link."""
    names = [domain.name for domain in account.domains] or [f"site{account.number}.example"]
    plans = [list(PLANS)[(n + 1 + one) % len(PLANS)] for one in range(len(names))]
    orders: list[Order] = []
    for one, (name, plan) in enumerate(zip(names, plans, strict=True)):
        renews = shop.today() + timedelta(days=5 + 9 * one + n)
        yield Service(account_id=account.id, plan=plan, domain=name, renews_on=renews)
        yield Registration(
            account_id=account.id, name=name, expires_on=renews + timedelta(days=200), nameservers=SERVERS
        )
        ordered = {"kind": "order", "plan": plan, "domain": name, "ordered_by": owner.id}
        orders.append(Order(account_id=account.id, **ordered, ordered_at=_noon(_issued_ago(one))))
    invoices = list(
        _invoices(n, account, owner, [(HOSTING[language].format(plan=plan), PLANS[plan]) for plan in plans])
    )
    for order, invoice in zip(orders, invoices, strict=False):
        order.charge = Charge(invoice=invoice)
    yield from orders
    yield from invoices
    for months, plan in enumerate(list(PLANS)[: (n + 3) % 4], 1):
        joined, paid = shop.today() - timedelta(days=41 * months), shop.today() if months > 1 else None
        yield Referral(account_id=account.id, joined_on=joined, plan=plan, cents=PLANS[plan] // 5, paid_on=paid)


def _uses(n: int, account: Account, language: str) -> list[Use]:
    """What the credit was used for: an email for each recipient of a campaign, and a round of text messages."""
    texts = Use(credit="messages", number=84 + n, what=REMINDER[language], used_on=shop.today() - timedelta(days=6))
    mails = [
        Use(credit="emails", number=_recipients(n, one), what=subject, used_on=_sent_on(one))
        for one, subject in enumerate(SENT[language][1])
    ]
    for use in (texts, *mails):
        use.account_id = account.id
    return [texts, *mails]


def _recipients(n: int, campaign: int) -> int:
    return 1100 + 37 * n - 20 * campaign


def _sent_on(campaign: int) -> date:
    return shop.today() - timedelta(days=9 + 16 * campaign)


def _sending(n: int, account: Account, owner: User, language: str) -> Iterator[shop.Owned]:
    """A list, the campaigns that went to it, and the invoices of the plan."""
    trade, (audience, subjects) = trades.here(), SENT[language]
    yield Audience(account_id=account.id, name=audience, addresses=1200 + 37 * n, gone=14 + n)
    for one, subject in enumerate(subjects):
        to, sent = _recipients(n, one), _sent_on(one)
        counts = {"recipients": to, "opened": to * (41 - 6 * one) // 100, "clicked": to * (9 - 2 * one) // 100}
        yield Campaign(account_id=account.id, subject=subject, audience=audience, sent_on=sent, **counts)
    yield from _invoices(n, account, owner, [(MONTH[language].format(plan=trade.plan), trade.monthly_cents)])


def _issued_ago(month: int) -> int:
    """Return how many days ago the invoice of a month was issued."""
    return 30 * (5 - month) + 3


def _invoices(n: int, account: Account, owner: User, lines: list[tuple[str, int]]) -> Iterator[Invoice]:
    """Six months: all paid but the last three, of which one is reported, one overdue and one to be paid."""
    for month in range(6):
        issued = shop.today() - timedelta(days=_issued_ago(month))
        invoice = Invoice(
            account_id=account.id,
            number=f"{issued.year}-{account.number}-{month + 1}",
            issued_on=issued,
            due_on=issued + timedelta(days=14),
            paid_on=issued + timedelta(days=4) if month < 3 else None,
            lines=[Line(text=text, cents=cents) for text, cents in lines],
        )
        if month == 3:
            told = {"paid_on": issued + timedelta(days=9), "reference": f"TRF {account.number}{n:02}"}
            invoice.payments = [Payment(reported_by=owner.id, **told)]
        yield invoice


def _tickets(account: Account, owner: User, subject: str, question: str, answer: str) -> Iterator[Ticket]:
    asked = Message(author=owner.full_name, text=question, sent_at=_noon(12))
    yield Ticket(
        account_id=account.id,
        subject=subject,
        is_answered=True,
        opened_at=_noon(12),
        messages=[asked, Message(author=None, text=answer, sent_at=_noon(11))],
    )


def _noon(days_ago: int) -> datetime:
    return datetime.combine(shop.today() - timedelta(days=days_ago), time(12), ZoneInfo("UTC"))


def greeting(app: Flask, port: int) -> str:
    """Where the demo is and how to sign in."""
    config = app.extensions["acct"].platform.config
    address = f"http://127.0.0.1:{port}"
    return (
        f"\n  {config.site.name}: {address}/\n"
        f"  Help:    {address}/help/\n"
        f"  Mailbox: {address}/mailbox   (every mail the demo sends)\n\n"
        f"  Sign in as {SIGN_IN[config.login.identifiers[0]]} with the password: {PASSWORD}\n\n"
        "  Ctrl-C ends it.\n"
    )
