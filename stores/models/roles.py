"""
Who may see and do what in a store: one table. The managers of rows and the services read it; docs/roles.md shows it.

What the table does not grant is not there: rows that a role may not see are missing, for pages, API and sockets alike.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A person's place in a store."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    PACKER = "packer", _("Packer")
    ACCOUNTANT = "accountant", _("Accountant")
    VIEWER = "viewer", _("Viewer")


class Action(models.TextChoices):
    """What somebody may want to see or do."""

    SEE_STORE = "see_store", _("See the store's name, its points and their own place in it")
    SEE_PRICES = "see_prices", _("See products, prices, costs, profit, rivals, rules and messages")
    SEE_ORDERS = "see_orders", _("See orders")
    EXPORT = "export", _("Take figures out as files")
    HANDLE_ORDERS = "handle_orders", _("Handle orders")
    CHANGE_PRICES = "change_prices", _("Change products, prices, limits and rules, and stop all prices")
    CHANGE_STORE = "change_store", _("Rename the store, switch its mode, let its prices go on, connect and close it")
    MANAGE_TEAM = "manage_team", _("Invite people, change their roles and take them out")


MAY: Mapping[str, frozenset[Action]] = {
    Role.OWNER: frozenset(Action),
    Role.MANAGER: frozenset(Action) - {Action.CHANGE_STORE, Action.MANAGE_TEAM},
    Role.PACKER: frozenset({Action.SEE_STORE, Action.SEE_ORDERS, Action.HANDLE_ORDERS}),
    Role.ACCOUNTANT: frozenset({Action.SEE_STORE, Action.SEE_PRICES, Action.SEE_ORDERS, Action.EXPORT}),
    Role.VIEWER: frozenset({Action.SEE_STORE, Action.SEE_PRICES, Action.SEE_ORDERS}),
}
# A program never decides who belongs to a team.
SCOPES = [action for action in Action if action is not Action.MANAGE_TEAM]
# While the service desk looks on as a person it changes nothing, learns no secret and takes nothing out.
LOOKING_ON = frozenset({Action.SEE_STORE, Action.SEE_PRICES, Action.SEE_ORDERS})


def scopes_of(user: Any) -> frozenset[str]:
    """What the person may do at all: everything at a session; with an API token, what the token is for."""
    if getattr(user, "impersonation", None) is not None:
        return LOOKING_ON
    scopes: frozenset[str] | None = getattr(user, "token_scopes", None)
    return frozenset(Action) if scopes is None else scopes


def roles_that_may(action: Action, user: Any) -> list[str]:
    """The roles in which this person may do it."""
    return [role for role, allowed in MAY.items() if action in allowed and action in scopes_of(user)]
