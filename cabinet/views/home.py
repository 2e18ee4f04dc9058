"""Where a person begins: the first page of the menu that the role in the store shows."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from cabinet.menu import menu_for
from stores.models import Membership
from stores.models.roles import Action
from stores.services import access, teams

# A store with more to do is opened before one with less.
OPENS_FIRST = (Action.SEE_PRICES, Action.SEE_ORDERS, Action.SEE_STORE)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first of the person's stores; for who has none, the invitations."""
    memberships = Membership.objects.for_user(request.user).filter(user=request.user).order_by("store__name", "store")
    may_in = {row.store_id: access.allowed_to(row.role, request.user) for row in memberships}
    for action in OPENS_FIRST:
        for store_id, may in may_in.items():
            if action in may:
                [first, *_] = menu_for(may)
                return redirect(first.pages[0].route, store_id)
    return render(request, "cabinet/no_store.html", {"invitations": list(teams.invitations_to(request.user))})
