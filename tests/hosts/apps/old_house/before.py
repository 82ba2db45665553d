"""An older shop below /clientes, with users, staff, an API and an admin area of its own."""

from flask import Blueprint, Flask, Response, jsonify, redirect, render_template_string, request
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel, format_decimal
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from . import passwords

db = SQLAlchemy()
login_manager = LoginManager()
limiter = Limiter(get_remote_address, default_limits=["300 per minute"], storage_uri="memory://")
account = Blueprint("account", __name__, url_prefix="/account")
api = Blueprint("api", __name__, url_prefix="/api")

LOGIN = """<!doctype html><title>Sign in</title><form method="post">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}"><input name="email"><input name="password">
<button>Sign in</button></form>"""


class Person(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(254), unique=True, nullable=False)
    name = db.Column(db.String(80), nullable=False)
    company = db.Column(db.String(80), nullable=False)
    password = db.Column(db.String(255), nullable=False)
    api_key = db.Column(db.String(64))
    is_staff = db.Column(db.Boolean, nullable=False, default=False)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    person_id = db.Column(db.ForeignKey(Person.id), nullable=False)
    what = db.Column(db.String(80), nullable=False)
    price = db.Column(db.Integer, nullable=False)


@login_manager.user_loader
def by_id(id_):
    return db.session.get(Person, int(id_))


@login_manager.request_loader
def by_key(request):
    key = request.headers.get("X-Key")
    return db.session.scalar(db.select(Person).where(Person.api_key == key)) if key else None


@account.route("/login", methods=["GET", "POST"])
@limiter.limit("20 per minute")
def login():
    if request.method == "POST":
        person = db.session.scalar(db.select(Person).filter_by(email=request.form["email"]))
        if person and passwords.is_right(person.password, request.form["password"]):
            login_user(person)
            return redirect(request.script_root + "/account/orders")
    return render_template_string(LOGIN)


@account.get("/orders")
@login_required
def orders():
    mine = db.session.scalars(db.select(Order).filter_by(person_id=current_user.id))
    return f"{current_user.name}: " + ", ".join(f"{one.what} {format_decimal(one.price)}" for one in mine)


@api.get("/orders")
@login_required
def api_orders():
    return jsonify(orders=[one.what for one in db.session.scalars(db.select(Order))])


@api.post("/orders")
@login_required
def api_new_order():
    return Response(status=201)


@api.app_errorhandler(HTTPException)
def failed(error):
    return jsonify(error=error.name, code=error.code), error.code


class StaffOnly(ModelView):
    column_exclude_list = ("password", "api_key")

    def is_accessible(self):
        return getattr(current_user, "is_staff", False)


def create_app(settings=None):
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    db.init_app(app)
    login_manager.init_app(app)
    CSRFProtect(app)
    Babel(app)
    limiter.init_app(app)
    Talisman(app)
    Admin(app).add_view(StaffOnly(Order, db))
    app.register_blueprint(account)
    app.register_blueprint(api)
    return app


def mounted(app):
    return DispatcherMiddleware(NotFound(), {"/clientes": app})
