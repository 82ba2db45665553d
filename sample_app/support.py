"""Support requests: a list, a new one, its conversation, mails about it; and articles that may answer sooner."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from flask_acct import Badge, current_account, requires

from . import shop
from .extensions import acct
from .forms import Form, strip
from .shop import Message, Ticket
from .suggestions import suggested
from .words import in_every_language, later

pages = Blueprint("support", __name__, url_prefix="/support")

LONGEST = 1500
"""Characters of a request that its mail repeats."""


class Reply(Form):
    text = TextAreaField("message", [DataRequired(), Length(max=10_000)], filters=[strip], render_kw={"rows": 6})


class Request(Reply):
    subject = StringField("subject", [DataRequired(), Length(max=150)], filters=[strip], render_kw={"data-suggest": ""})
    text = TextAreaField("message", [DataRequired(), Length(max=10_000)], filters=[strip], render_kw={"rows": 8})


def answered() -> Badge:
    """How many requests wait for the customer."""
    found = shop.db().scalars(shop.every(Ticket).where(Ticket.is_answered)).all()
    return Badge(len(found), later("answered"))


@pages.get("")
@requires("tickets")
@acct.nav(later("support"), group="host", icon="support", badge=answered)
def index() -> str:
    newest_first = shop.every(Ticket).order_by(Ticket.opened_at.desc(), Ticket.id.desc())
    return render_template("support.html", tickets=shop.db().scalars(newest_first).all())


@pages.route("/new", methods=["GET", "POST"])
@requires("tickets")
def new() -> ResponseReturnValue:
    form = Request(data={"subject": request.args.get("subject", "")[:150]})
    if form.validate_on_submit():
        ticket = Ticket(account_id=current_account.id, subject=form.subject.data, opened_at=shop.now())
        ticket.messages.append(_message(form))
        shop.db().add(ticket)
        shop.db().flush()
        _mail("ticket", ticket)
        shop.db().commit()
        flash("ticket_opened")
        return redirect(url_for("support.show", id_=ticket.id), 303)
    return render_template("ticket_new.html", form=form)


@pages.route("/<int:id_>", methods=["GET", "POST"])
@requires("tickets")
def show(id_: int) -> ResponseReturnValue:
    ticket = shop.one(Ticket, id_)
    form = Reply()
    if form.validate_on_submit():
        ticket.messages.append(_message(form))
        ticket.is_answered = False
        _mail("reply", ticket)
        shop.db().commit()
        flash("reply_sent")
        return redirect(url_for("support.show", id_=ticket.id), 303)
    articles = [] if ticket.is_answered else suggested(ticket.subject)
    return render_template("ticket.html", ticket=ticket, form=form, articles=articles)


@pages.get("/suggestions")
@requires("tickets")
def suggestions() -> Response:
    """For sample.js, while a subject is being typed: ``[{"title": "Your invoices", "url": "/help/en/invoices/"}]``."""
    return jsonify([{"title": title, "url": url} for title, url in suggested(request.args.get("about", ""))])


def _mail(kind: str, ticket: Ticket) -> None:
    """Whoever gets the mails about support reads who asked, or wrote on, and what."""
    said = ticket.messages[-1]
    about = {
        "who": said.author,
        "account": current_account.name,
        "subject": " ".join(ticket.subject.split()),
        "text": shortened(said.text, LONGEST),
    }
    acct.send(
        current_account,
        "support",
        subject=in_every_language(f"{kind}_mail", **about),
        text=in_every_language(f"{kind}_mail_text", **about),
        link=url_for(".show", id_=ticket.id),
        button=in_every_language("ticket_see"),
    )


def shortened(text: str, longest: int) -> str:
    """The text, or the beginning of a long one with an ellipsis: ``I cannot find…``."""
    return text if len(text) <= longest else f"{text[:longest].rsplit(None, 1)[0]}…"


def _message(form: Reply) -> Message:
    return Message(author=current_user.full_name, text=form.text.data, sent_at=shop.now())
