"""The form with which a customer writes a review."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from landing.forms import ReviewForm
from landing.languages import active_language
from landing.services import reviews
from landing.views.page import frame


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """The form, or thanks while an earlier review waits."""
    author_id = cast("int", request.user.pk)  # login_required has seen to it
    form = ReviewForm(request.POST or None)
    if form.is_valid() and _submit(author_id, form):
        return redirect("landing:review")
    shown = {**frame(active_language()), "form": form, "waits": reviews.waits(author_id)}
    return render(request, "landing/review.html", shown)


def _submit(author_id: int, form: ReviewForm) -> bool:
    try:
        reviews.submit(author_id, reviews.Words(**form.cleaned_data, language=active_language()))
    except reviews.ReviewWaitsError:
        form.add_error(None, _("Your earlier review has not been read yet. It appears after that."))
        return False
    return True
