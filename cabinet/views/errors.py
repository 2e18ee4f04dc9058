"""What a browser is shown when a request ends before a page could answer it; the rest is Django's own, in our frame."""

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from stores.services.uploads.files import MEGABYTE


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is too large is said so, with the limit: nothing but the file was wrong."""
    if not isinstance(exception, RequestDataTooBig):
        return defaults.bad_request(request, exception)
    most = {"most": settings.UPLOAD_LIMIT // MEGABYTE}
    return render(request, "413.html", most, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
