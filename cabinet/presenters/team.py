"""A store's people, and what each role may do."""

from dataclasses import dataclass
from typing import Any

from stores.models import Invitation, Membership, Store
from stores.models.roles import MAY, Action, Role
from stores.services import access
from stores.services.teams import is_open


@dataclass(frozen=True)
class RoleRow:
    """A role and what it may do, in words."""

    role: Role
    may: list[str]


@dataclass(frozen=True)
class Team:
    """For who manages the team: everybody. For others: their own place only."""

    own: Membership
    members: list[Membership]
    invitations: list[Invitation]
    may_manage: bool
    roles: list[RoleRow]


def team_of(store: Store, person: Any) -> Team:
    """Four queries at most. The person is a member."""
    may_manage = Action.MANAGE_TEAM in access.allowed(person, store)
    members = Membership.objects.for_store(store).select_related("user").order_by("user__email")
    return Team(
        own=members.get(user=person),
        members=list(members) if may_manage else [],
        invitations=list(Invitation.objects.for_store(store).filter(is_open())) if may_manage else [],
        may_manage=may_manage,
        roles=[RoleRow(role, [str(action.label) for action in Action if action in MAY[role]]) for role in Role],
    )
