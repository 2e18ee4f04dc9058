"""Where a person begins: the first page of the menu that the role in the store shows."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from cabinet.menu import menu_for
from stores.models import Store
from stores.models.roles import Action
from stores.services import access, teams

# A store with more to do is opened before one with less.
OPENS_FIRST = (Action.SEE_PRICES, Action.SEE_ORDERS, Action.SEE_STORE)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first of the person's stores; for who has none, the invitations."""
    for action in OPENS_FIRST:
        store = Store.objects.for_user(request.user, action).order_by("name", "pk").first()
        if store is not None:
            [first, *_] = menu_for(access.allowed(request.user, store))
            return redirect(first.pages[0].route, store.pk)
    return render(request, "cabinet/no_store.html", {"invitations": list(teams.invitations_to(request.user))})
