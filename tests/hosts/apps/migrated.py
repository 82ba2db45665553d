"""Flask-SQLAlchemy with Flask-Migrate: tables with foreign keys to users, one session, two sets of migrations."""

from flask import Flask
from flask_login import current_user
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from flask_acct import Account, Acct, User, current_account, requires

db = SQLAlchemy()


class Order(db.Model):
    __tablename__ = "shop_order"
    id = db.Column(db.Integer, primary_key=True)
    account_id = db.Column(db.ForeignKey(Account.id), nullable=False)
    user_id = db.Column(db.ForeignKey(User.id))
    what = db.Column(db.String(80), nullable=False)
    user = db.relationship(User)


def create_app(settings=None):
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    db.init_app(app)
    Migrate(app, db)
    Acct(app, db=db)

    @app.post("/orders/<what>")
    @requires("orders")
    def order(what):
        db.session.add(Order(account_id=current_account.id, user_id=current_user.id, what=what))
        db.session.commit()
        return "", 201

    @app.get("/orders")
    @requires("orders")
    def orders():
        ours = db.session.scalars(db.select(Order).filter_by(account_id=current_account.id))
        return f"{current_account.name}: " + ", ".join(f"{one.what} for {one.user.name}" for one in ours)

    return app
