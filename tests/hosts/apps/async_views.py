"""async def wherever Flask allows it: in views, in the hook for the subscription page, and in a signal's receiver."""

import asyncio

from flask import Flask

from flask_acct import Acct, Subscription, current_account, requires, user_signed_in

acct = Acct()
heard = []


@acct.subscription
async def subscription(account):
    await asyncio.sleep(0)
    return Subscription(plan="Bread every day", renew="/")


@user_signed_in.connect
async def write_down(sender, user, **more):
    await asyncio.sleep(0)
    heard.append(user.email)


def create_app(settings=None):
    app = Flask(__name__)
    app.config.from_prefixed_env()
    app.config.update(settings or {})
    acct.init_app(app)

    @app.get("/")
    @requires()
    async def home():
        await asyncio.sleep(0)
        return f"Welcome, {current_account.name}"

    return app
