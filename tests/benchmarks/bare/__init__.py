"""The same pages by hand: Flask, Flask-Login, Flask-WTF, SQLAlchemy and Argon2, as a good developer writes them.

One language, one template per page, no sessions in the database and no rate limits: the benchmarks measure the cost of
what flask_acct adds. Headers, database settings and password hash are the same.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import Flask, Response, redirect, render_template, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_wtf import CSRFProtect, FlaskForm
from sqlalchemy import Engine, String, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

LANGUAGES = {"es": "Español", "es-AR": "Español (Argentina)", "en": "English", "it": "Italiano"}

hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
db = scoped_session(sessionmaker(expire_on_commit=False))
csrf = CSRFProtect()
login_manager = LoginManager()
login_manager.login_view = "sign_in"


class Table(DeclarativeBase):
    pass


class User(Table, UserMixin):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    first_name: Mapped[str] = mapped_column(String(120))
    account_name: Mapped[str] = mapped_column(String(200))
    customer_number: Mapped[str] = mapped_column(String(18))
    password_hash: Mapped[str] = mapped_column(String(255))
    last_signed_in_at: Mapped[datetime | None]


class Asked(Table):
    __tablename__ = "asked"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]


class SignInForm(FlaskForm):
    email = EmailField("Dirección de correo", [InputRequired(), Length(max=254)])
    password = PasswordField("Contraseña", [InputRequired(), Length(max=1024)])


class ChangePasswordForm(FlaskForm):
    current = PasswordField("Contraseña actual", [InputRequired(), Length(max=1024)])
    new = PasswordField("Nueva contraseña", [InputRequired(), Length(min=15, max=1024)])
    repeat = PasswordField("Repita la nueva contraseña", [InputRequired(), Length(max=1024)])


class RecoverForm(FlaskForm):
    email = EmailField("Dirección de correo", [InputRequired(), Length(max=254)])


def create_app() -> Flask:
    if "BENCHMARK_TINY_HASH" in os.environ:
        _make_hash_tiny()
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
    db.remove()
    db.configure(bind=open_engine(os.environ["BARE_DATABASE_URL"]))
    csrf.init_app(app)
    login_manager.init_app(app)
    app.context_processor(lambda: {"languages": LANGUAGES})
    app.after_request(protect)
    app.teardown_appcontext(lambda _error: db.remove())
    app.add_url_rule("/", "home", home)
    app.add_url_rule("/login", "sign_in", sign_in, methods=["GET", "POST"])
    app.add_url_rule("/logout", "sign_out", sign_out, methods=["POST"])
    app.add_url_rule("/recover", "recover", recover, methods=["GET", "POST"])
    app.add_url_rule("/recover/sent", "sent", sent)
    app.add_url_rule("/password", "change_password", change_password)
    return app


def open_engine(url: str) -> Engine:
    """On PostgreSQL without transactions: no page reads twice what must fit together, and each writes once."""
    if url.startswith("postgresql"):
        return create_engine(url, isolation_level="AUTOCOMMIT")
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def protect(response: Response) -> Response:
    response.headers.update(HEADERS)
    response.vary.add("Cookie")
    return response


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    return db.get(User, int(user_id))


def sign_in() -> Any:
    form = SignInForm()
    wrong = False
    if form.validate_on_submit():
        user = db.scalar(select(User).where(User.email == form.email.data.strip().lower()))
        if fits(form.password.data, user):
            login_user(user)
            user.last_signed_in_at = datetime.now(UTC)
            db.commit()
            return redirect(url_for("home"), 303)
        wrong = True
    return render_template("sign_in.html", form=form, wrong=wrong), 422 if wrong or form.errors else 200


def fits(password: str, user: User | None) -> bool:
    try:
        return hasher.verify(user.password_hash if user else NOBODYS_HASH, password) and user is not None
    except VerificationError:
        return False


def sign_out() -> Any:
    logout_user()
    return redirect(url_for("sign_in"), 303)


def recover() -> Any:
    form = RecoverForm()
    if form.validate_on_submit():
        db.add(Asked(email=form.email.data, created_at=datetime.now(UTC)))
        db.commit()
        return redirect(url_for("sent"), 303)
    return render_template("recover.html", form=form), 422 if form.errors else 200


def sent() -> str:
    return render_template("sent.html")


@login_required
def home() -> str:
    return render_template("home.html", user=current_user)


@login_required
def change_password() -> str:
    return render_template("change_password.html", form=ChangePasswordForm(), user=current_user)


def _make_hash_tiny() -> None:
    global hasher, NOBODYS_HASH
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    NOBODYS_HASH = hasher.hash("a password nobody has")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 15000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


NOBODYS_HASH = hasher.hash("a password nobody has")
