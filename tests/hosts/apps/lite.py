"""Flask-SQLAlchemy-Lite: the host's engine and session are flask_acct's."""

from flask import Flask
from flask_login import current_user
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from flask_acct import Acct, User, requires

db = SQLAlchemy()


class Model(DeclarativeBase):
    pass


class Note(Model):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    user: Mapped[User] = relationship(User)


def create_app(settings=None):
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    db.init_app(app)
    Acct(app, db=db)

    @app.post("/notes/<text>")
    @requires()
    def write(text):
        db.session.add(Note(text=text, user=current_user))  # the session that read current_user
        db.session.commit()
        return "", 201

    @app.get("/notes")
    @requires()
    def notes():
        mine = db.session.scalars(select(Note).where(Note.user_id == current_user.id))
        return ", ".join(f"{one.text} by {one.user.name}" for one in mine)

    return app
