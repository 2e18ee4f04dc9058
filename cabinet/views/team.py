"""Who belongs to a store, and the invitations to it."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.team import InvitationForm, RoleForm
from cabinet.own_rows import own_store
from cabinet.presenters import team as presenter
from cabinet.presenters.frame import frame_of
from stores.models import Invitation, Membership, Store
from stores.models.roles import Action, Role
from stores.services import teams
from stores.services.errors import Refusal
from stores.services.store import close_store


@login_required
@require_safe
def team(request: HttpRequest, store_id: int) -> HttpResponse:
    """The members of a store and its open invitations, for who manages them; for others their own place."""
    return _page(request, own_store(request, store_id, Action.SEE_STORE), InvitationForm())


@login_required
@require_POST
def invite(request: HttpRequest, store_id: int) -> HttpResponse:
    """Invite an address, by letter."""
    store = own_store(request, store_id, Action.SEE_STORE)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, store, form)
    try:
        invitation = teams.invite(store, form.cleaned_data["email"], form.cleaned_data["role"], request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, store, form)
    if invitation.sent_at:
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": invitation.email})
    else:
        messages.error(request, _("The letter could not be sent now. The invitation waits under “My account”."))
    return redirect("cabinet:team", store_id=store.pk)


@login_required
@require_POST
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    invitation = get_object_or_404(Invitation.objects.for_user(request.user).select_related("store"), pk=invitation_id)
    _try(request, lambda: teams.withdraw(invitation, request.user), _("The invitation is taken back."))
    return redirect("cabinet:team", store_id=invitation.store_id)


@login_required
@require_POST
def change_role(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    membership = _find_membership(request, membership_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        role = form.cleaned_data["role"]
        _try(request, lambda: teams.change_role(membership, role, request.user), _("Saved."))
    return redirect("cabinet:team", store_id=membership.store_id)


@login_required
@require_POST
def remove(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Take a member out, or leave."""
    membership = _find_membership(request, membership_id)
    is_own = membership.user_id == request.user.pk
    said = _("You have left the store.") if is_own else _("This person does not belong to the store any more.")
    is_done = _try(request, lambda: teams.remove(membership, request.user), said)
    return redirect("cabinet:home") if is_own and is_done else redirect("cabinet:team", store_id=membership.store_id)


@login_required
@require_POST
def close(request: HttpRequest, store_id: int) -> HttpResponse:
    """Ask for the password, then end the work for a store."""
    store = own_store(request, store_id, Action.SEE_STORE)
    raise_if_reauthentication_required(request, app="allauth.account")
    if _try(request, lambda: close_store(store, request.user), _("The store is closed.")):
        return redirect("cabinet:home")
    return redirect("cabinet:team", store_id=store.pk)


@login_required
@require_safe
def invitations(request: HttpRequest) -> HttpResponse:
    """The invitations that the person may answer."""
    return render(request, "cabinet/invitations.html", {"invitations": list(teams.invitations_to(request.user))})


@login_required
@require_POST
def accept(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Join a store."""
    invitation = _find_own_invitation(request, invitation_id)
    said = _("You belong to “%(store)s” now.") % {"store": invitation.store.name}
    if _try(request, lambda: teams.accept(invitation, request.user), said):
        return redirect("cabinet:team", store_id=invitation.store_id)
    return redirect("cabinet:invitations")


@login_required
@require_POST
def decline(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Say no."""
    invitation = _find_own_invitation(request, invitation_id)
    _try(request, lambda: teams.decline(invitation, request.user), _("The invitation is declined."))
    return redirect("cabinet:invitations")


def _find_membership(request: HttpRequest, membership_id: int) -> Membership:
    seen = Membership.objects.for_user(request.user, Action.MANAGE_TEAM).values("pk")
    rows = Membership.everything.filter(Q(pk__in=seen) | Q(user=request.user)).select_related("store")
    return get_object_or_404(rows, pk=membership_id)


def _find_own_invitation(request: HttpRequest, invitation_id: int) -> Invitation:
    return get_object_or_404(teams.invitations_to(request.user), pk=invitation_id)


def _try(request: HttpRequest, action: Callable[[], Any], said: str) -> bool:
    """Do it and say so; or say why not."""
    try:
        action()
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, said)
    return True


def _page(request: HttpRequest, store: Store, form: InvitationForm) -> HttpResponse:
    context = {
        "frame": frame_of(store, request.user),
        "team": presenter.team_of(store, request.user),
        "roles": Role.choices,
        "form": form,
    }
    return render(request, "cabinet/team.html", context)
