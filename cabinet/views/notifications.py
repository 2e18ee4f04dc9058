from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from cabinet.own_rows import own_store
from cabinet.presenters import notifications as presenter
from cabinet.presenters.frame import frame_of
from stores.models import Notification
from stores.models.roles import Action
from stores.services.errors import Refusal
from stores.services.notifications import mark_all_read, mark_read

MESSAGES_PER_PAGE = 50
LONGEST_ID = 18


@login_required
@require_safe
def notifications(request: HttpRequest, store_id: int) -> HttpResponse:
    """What nobody has read yet."""
    store = own_store(request, store_id, Action.SEE_ORDERS)
    page = Paginator(presenter.unread_by(request.user, store), MESSAGES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "frame": frame_of(store, request.user),
        "page": page,
        # What comes in meanwhile stays unread.
        "newest": page.object_list[0].pk if page.object_list else 0,
        "notifications": presenter.tell(page.object_list),
    }
    return render(request, "cabinet/notifications.html", context)


@login_required
@require_POST
def read_all(request: HttpRequest, store_id: int) -> HttpResponse:
    """I have seen all up to the newest that was shown, but for the urgent ones: each of those is read by itself."""
    store = own_store(request, store_id, Action.SEE_ORDERS)
    newest = request.POST.get("newest", "")
    if newest.isascii() and newest.isdigit() and len(newest) <= LONGEST_ID:
        mark_all_read(store, int(newest), request.user)
    return redirect("cabinet:notifications", store_id=store.pk)


@login_required
@require_POST
def read(request: HttpRequest, notification_id: int) -> HttpResponse:
    """I have seen it. Back to where it was read: the messages, or the alarms of the store's prices."""
    own = Notification.objects.for_user(request.user).select_related("store")
    notification = get_object_or_404(own, pk=notification_id)
    try:
        mark_read(notification, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    page = "cabinet:notifications" if "among_all" in request.POST else "cabinet:store-prices"
    return redirect(page, store_id=notification.store_id)
