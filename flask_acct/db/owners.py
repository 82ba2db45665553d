"""Whose an account is: each has one owner, and the customer number names them."""

from __future__ import annotations

from sqlalchemy import BindParameter, ColumnElement, Select, and_, select

from .models import Account, Membership, User

OWNS = (Membership.account_id == Account.id) & (Membership.user_id == User.id) & Membership.is_owner
"""The condition on which a place is that of a user who owns an account, where a query asks for all three."""


def place_in(account_id: int) -> Select[Membership]:
    """Return what finds the owner's place in an account, joined to its user."""
    return select(Membership).join(User).where(_is_owners_place_in(account_id))


def owner_of(account_id: int) -> Select[User]:
    """Return what finds the owner of an account."""
    return select(User).join(Membership).where(_is_owners_place_in(account_id))


def owned_by(user_id: int | BindParameter[int]) -> Select[Account]:
    """Return what finds the accounts of a user's own."""
    return select(Account).join(Membership).where(Membership.user_id == user_id, Membership.is_owner)


def numbers_of(user_id: int | BindParameter[int]) -> Select[str]:
    """Return what finds the customer numbers of those accounts: each lets their owner in."""
    return owned_by(user_id).with_only_columns(Account.number)


def owners() -> Select[int]:
    """Return what finds the ids of all who own an account, to be narrowed down by which one."""
    return select(Membership.user_id).join(Account).where(Membership.is_owner)


def _is_owners_place_in(account_id: int) -> ColumnElement[bool]:
    return and_(Membership.account_id == account_id, Membership.is_owner)
