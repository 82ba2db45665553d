"""What recommending us has earned."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from flask_acct import current_account, requires

from . import shop
from .extensions import acct
from .shop import Referral
from .words import later

pages = Blueprint("affiliate", __name__, url_prefix="/affiliate")


@pages.get("")
@requires("affiliate")
@acct.nav(later("affiliate"), group="billing", icon="gift")
def index() -> str:
    referrals = shop.db().scalars(shop.every(Referral).order_by(Referral.joined_on.desc())).all()
    return render_template(
        "affiliate.html",
        referrals=referrals,
        link=f"{acct.frame.config.site.public_url}{url_for('plans', by=current_account.number)}",
        earned=sum(one.cents for one in referrals),
        waiting=sum(one.cents for one in referrals if one.paid_on is None),
    )
