"""A person's account as a whole: its data handed over, and its end."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from landing.services import reviews
from stores.models import ApiToken, Invitation, Membership, Store
from stores.models.roles import Role
from stores.services import teams
from stores.services.errors import Refusal
from stores.services.transactions import in_transaction
from users.models import AccessEntry, Impersonation, User, UserPurchase, UserTariff
from users.services.sessions import end_all_sessions


def stores_owned_alone(user: Any) -> QuerySet[Store]:
    """The stores that would be without an owner if this person went."""
    owned = Store.everything.filter(memberships__user=user, memberships__role=Role.OWNER)
    shared = Membership.everything.filter(role=Role.OWNER).exclude(user=user).values("store")
    return owned.exclude(pk__in=shared).order_by("name", "pk")


@in_transaction
def delete_account(user: Any) -> None:
    """
    Forget the person. Raises Refusal while a store has no other owner.

    What he did to prices and what he paid stays, as the law and the stores' histories want it, under a row that names
    nobody and lets nobody in.
    """
    for membership in Membership.everything.filter(user=user).select_related("store").order_by("store"):
        _leave(membership, user)
    user = User.objects.select_for_update().get(pk=user.pk)
    ApiToken.objects.for_user(user).delete()
    for rows in (Authenticator.objects, EmailAddress.objects, UserSession.objects):
        rows.filter(user=user).delete()
    Invitation.everything.filter(email=user.email).delete()
    AccessAttempt.objects.filter(username=user.email).delete()
    reviews.forget_author(user.pk)
    end_all_sessions(user)
    user.email = f"deleted-{user.pk}@deleted.invalid"
    user.full_name = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.deleted_at = timezone.now()
    user.set_unusable_password()
    user.groups.clear()
    user.user_permissions.clear()
    user.save()


def _leave(membership: Membership, user: Any) -> None:
    try:
        teams.remove(membership, user)
    except Refusal as refusal:
        text = _("You are the only owner of “%(store)s”. Make somebody else owner first, or close the store.")
        raise Refusal("last_owner", text % {"store": membership.store.name}) from refusal


def export_of(user: Any) -> dict[str, Any]:
    """All that is kept of the person, as JSON takes it; times are UTC. No secret is part of it."""
    return {
        "person": {
            "email": user.email,
            "full_name": user.full_name,
            "language": user.language,
            "joined_at": user.date_joined,
            "last_sign_in_at": user.last_login,
        },
        "emails": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "second_factors": list(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")),
        "sessions": list(
            UserSession.objects.filter(user=user).values("ip", "user_agent", "created_at", "last_seen_at")
        ),
        "stores": list(Membership.everything.filter(user=user).values("store__name", "store__merchant_id", "role")),
        "impersonations": [
            {"by": str(each.staff), "reason": each.reason, "from": each.started_at, "until": each.until}
            for each in Impersonation.objects.for_user(user).select_related("staff")
        ],
        "reviews": reviews.written_by(user.pk),
        "invitations": list(teams.invitations_to(user).values("store__name", "role", "expires_at")),
        "api_tokens": list(
            ApiToken.objects.for_user(user).values("name", "scopes", "created_at", "expires_at", "last_used_at")
        ),
        "subscriptions": list(
            UserTariff.objects.for_user(user).values("tariff__code", "state", "starts_at", "ends_at")
        ),
        "purchases": list(
            UserPurchase.objects.for_user(user).values(
                *("tariff__code", "period", "amount", "credit", "state", "provider", "receipt_number", "created_at"),
                *("paid_at", "refunded_at"),
            )
        ),
        "access": list(
            AccessEntry.objects.for_user(user).values(
                "tariff__code", "why", "starts_at", "ends_at", "amount", "created_at"
            )
        ),
    }
