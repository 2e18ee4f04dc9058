"""Who belongs to a store: invited, joined, given another role, gone. A store never loses its last owner."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.models import Invitation, Membership, Store
from stores.models.roles import MAY, Action, Role
from stores.services import access
from stores.services.errors import Refusal
from stores.services.subscription.limits import Limit, payer_of, people_around, require_room, room_for
from stores.services.transactions import in_transaction
from users.mails import Mail, send
from users.models import User
from users.services.emails import clean_email, confirmed_emails
from users.signals import subscription_moved

log = logging.getLogger(__name__)

VALID_FOR = timedelta(days=7)
# Letters go to addresses that somebody typed: no store may be used to fill a stranger's mailbox.
MOST_OPEN = 30
INVITATION = Mail(
    subject=_("You are invited to %(store)s"),
    text=_("%(person)s invites you to the store “%(store)s” as: %(role)s. The invitation is valid for seven days."),
    button=_("See the invitation"),
)


def invite(store: Store, email: str, role: str, actor: Any) -> Invitation:
    """
    Ask somebody in, by letter; asking again renews the invitation and its role. Raises Refusal, Forbidden.

    The answer is the same whether or not the address has an account. Without `sent_at` no mail server took the letter:
    the invitation is there all the same, and may be sent again at once.
    """
    invitation = _note_invitation(store, email, role, actor)
    try:
        _send(invitation, actor)
    except OSError:
        log.exception("No mail server took an invitation")
        return invitation
    invitation.sent_at = timezone.now()
    Invitation.everything.filter(pk=invitation.pk).update(sent_at=invitation.sent_at)
    return invitation


@in_transaction
def _note_invitation(store: Store, email: str, role: str, actor: Any) -> Invitation:
    store = _lock(store)
    access.require(actor, store, Action.MANAGE_TEAM)
    email = _clean_email(email)
    _check_role(role)
    if store.memberships.filter(user__email=email).exists():
        raise Refusal("already_member", _("This person belongs to the store already."))
    if store.invitations.filter(is_open()).exclude(email=email).count() >= MOST_OPEN:
        raise Refusal("too_many_invitations", _("Thirty invitations are open. Take some back first."))
    if store.invitations.filter(email=email, sent_at__gt=timezone.now() - timedelta(minutes=5)).exists():
        raise Refusal("invited_just_now", _("This address was invited a moment ago. Try again in five minutes."))
    _check_room(store, email)
    now = timezone.now()
    values = {"role": role, "invited_by": actor, "created_at": now, "expires_at": now + VALID_FOR}
    invitation, _is_new = Invitation.everything.update_or_create(store=store, email=email, defaults=values)
    return invitation


def _send(invitation: Invitation, actor: Any) -> None:
    known = User.objects.filter(email=invitation.email).first()
    facts = {
        "store": invitation.store.name,
        "person": actor.full_name or actor.email,
        "role": Role(invitation.role).label,
    }
    send(INVITATION, invitation.email, facts, reverse("cabinet:invitations"), (known or actor).language)


@in_transaction
def withdraw(invitation: Invitation, actor: Any) -> None:
    """Take an invitation back. Raises Forbidden."""
    access.require(actor, _lock(invitation.store), Action.MANAGE_TEAM)
    Invitation.everything.filter(pk=invitation.pk).delete()


def is_open() -> Q:
    """The invitation has not expired."""
    return Q(expires_at__gt=timezone.now())


def forget_expired() -> int:
    """Delete the invitations that nobody answered in time. Answers how many."""
    count, _by_model = Invitation.everything.exclude(is_open()).delete()
    return count


def invitations_to(user: Any) -> QuerySet[Invitation]:
    """The invitations that this person may answer: to an address the person has confirmed, and not expired."""
    answerable = Invitation.everything.filter(is_open(), store__closed_at=None, email__in=confirmed_emails(user))
    return answerable.select_related("store", "invited_by")


@in_transaction
def accept(invitation: Invitation, user: Any) -> Membership:
    """
    Join the store in the role that was offered. Raises Refusal: `invitation_gone` where it was answered or has expired,
    `no_room` where the owner's tariff has become smaller since.
    """
    _lock(invitation.store)
    current = invitations_to(user).filter(pk=invitation.pk).first()
    if current is None:
        raise Refusal("invitation_gone", _("This invitation is no longer open. Ask for another one."))
    payer = payer_of(current.store)
    # Who is invited counts already.
    if payer is not None and not room_for(payer, Limit.PEOPLE).is_enough:
        raise Refusal("no_room", _("The store has no room for one more person now. Ask its owner."))
    current.delete()
    membership, _is_new = Membership.everything.get_or_create(
        store=current.store, user=user, defaults={"role": current.role}
    )
    return membership


def decline(invitation: Invitation, user: Any) -> None:
    """Say no."""
    invitations_to(user).filter(pk=invitation.pk).delete()


@in_transaction
def change_role(membership: Membership, role: str, actor: Any) -> Membership:
    """Give a member another role. Raises Refusal, Forbidden."""
    store = _lock(membership.store)
    access.require(actor, store, Action.MANAGE_TEAM)
    _check_role(role)
    membership = _still_there(membership)
    if role != Role.OWNER:
        _check_owner_remains(membership)
    membership.role = role
    with _payer_followed(store):
        membership.save(update_fields=["role"])
    if Action.MANAGE_TEAM not in MAY[Role(role)]:
        _forget_invitations_by(membership)
    return membership


@in_transaction
def remove(membership: Membership, actor: Any) -> None:
    """Take a member out of the store; everybody may go himself. Raises Refusal, Forbidden."""
    store = _lock(membership.store)
    if membership.user_id != actor.pk:
        access.require(actor, store, Action.MANAGE_TEAM)
    membership = _still_there(membership)
    _check_owner_remains(membership)
    _forget_invitations_by(membership)
    with _payer_followed(store):
        membership.delete()


@contextmanager
def _payer_followed(store: Store) -> Iterator[None]:
    """Around what may make another owner the store's payer: then it follows his subscription at once."""
    before = payer_of(store)
    yield
    after = payer_of(store)
    if after == before:
        return
    for person in (before, after):
        if person is not None:
            # Robust: whoever changed the team does not hear of a store that cannot be settled now; the sweep does it.
            transaction.on_commit(partial(subscription_moved.send_robust, sender=Membership, user=person))


def _forget_invitations_by(membership: Membership) -> None:
    """Whoever may invite no more has let in nobody either: not himself under another address."""
    membership.store.invitations.filter(invited_by=membership.user_id).delete()


def _check_room(store: Store, email: str) -> None:
    """Whether the payer's tariff has room for this address too. Raises Refusal (`tariff_limit`)."""
    payer = payer_of(store)
    if payer is not None:
        require_room(payer, Limit.PEOPLE, more=int(email not in people_around(payer)))


def _clean_email(email: str) -> str:
    try:
        return clean_email(email)
    except ValidationError as error:
        raise Refusal("bad_email", error.messages[0], {"email": error.messages}) from error


def _lock(store: Store) -> Store:
    return Store.everything.select_for_update().get(pk=store.pk)


def _still_there(membership: Membership) -> Membership:
    current = Membership.everything.filter(pk=membership.pk).first()
    if current is None:
        raise Refusal("member_gone", _("This person does not belong to the store any more."))
    return current


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise Refusal("unknown_role", _("There is no such role."), {"role": [_("There is no such role.")]})


def _check_owner_remains(leaving: Membership) -> None:
    others = Membership.everything.filter(store=leaving.store_id, role=Role.OWNER).exclude(pk=leaving.pk)
    if leaving.role == Role.OWNER and not others.exists():
        raise Refusal("last_owner", _("A store needs an owner. Make somebody else owner first, or close the store."))
