"""How the API talks: strict JSON in, pages by key, and one shape for every error."""

import json
import re
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.csrf import csrf_failure
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.utils.urls import replace_query_param

from stores.models import Product, Store
from stores.services.errors import Forbidden, Refusal, StaleEdit
from stores.services.keyset import BadCursor, Sorting, read_page, sorting_named

MAX_DEPTH = 20

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description='The `version` you read, for example "3".'
)


class StrictJSONParser(JSONParser):
    """
    JSON without what Python lets through: NaN, Infinity, a key given twice, endless nesting.

    Of two equal keys the last would win, and a floor would be another than the one that was read.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            value = json.loads(
                stream.read().decode("utf-8"),
                parse_constant=_refuse_constant,
                object_pairs_hook=_refuse_twins,
            )
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(_("This is not sound JSON: %(error)s") % {"error": error}) from None
        if _depth(value) > MAX_DEPTH:
            raise exceptions.ParseError(_("This JSON is nested deeper than %(depth)s.") % {"depth": MAX_DEPTH})
        return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twins = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"given twice: {', '.join(twins)}")
    return value


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


class KeysetPagination(CursorPagination):
    """Pages by key: the thousandth costs what the first costs. `?page_size=` up to 200."""

    ordering: str | tuple[str, ...] = "-pk"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class HeavyThrottle(UserRateThrottle):
    """For what costs seconds, not milliseconds: one change of many products."""

    scope = "heavy"
    rate = "30/min"


class SortedPagination(KeysetPagination):
    """Keyset pages of a list that is sorted by one of the `sortings` of its view: `?sort=name`, `?sort=-name`."""

    sort_query_param = "sort"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        sorting = self._read_sorting(request, view)
        self.address = request.build_absolute_uri()
        cursor = request.query_params.get(self.cursor_query_param, "")
        try:
            self.found = read_page(queryset, sorting, self.get_page_size(request) or self.page_size, cursor)
        except BadCursor:
            raise exceptions.NotFound(_("This page is not of this list. Begin with the first one.")) from None
        return list(self.found.rows)

    def get_next_link(self) -> str | None:
        return self._link(self.found.after)

    def get_previous_link(self) -> str | None:
        return self._link(self.found.before)

    def _link(self, cursor: str) -> str | None:
        return replace_query_param(self.address, self.cursor_query_param, cursor) if cursor else None

    def _read_sorting(self, request: Request, view: Any) -> Sorting:
        told = request.query_params.get(self.sort_query_param, view.first_sorting)
        try:
            return sorting_named(view.sortings, told)
        except KeyError:
            text = _("There is no such order. Known are: %(known)s.") % {"known": ", ".join(view.sortings)}
            raise exceptions.ValidationError({self.sort_query_param: [text]}) from None

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        known = [sign + name for name in view.sortings for sign in ("", "-")]
        sort = {"name": self.sort_query_param, "in": "query", "required": False}
        return [
            *super().get_schema_operation_parameters(view),
            sort | {"description": "The order of the list.", "schema": {"type": "string", "enum": known}},
        ]


def own_stores(request: HttpRequest) -> QuerySet[Store]:
    """What a filter by store accepts: a stranger's id is answered like a missing one."""
    return Store.objects.for_user(request.user)


def own_products(request: HttpRequest) -> QuerySet[Product]:
    """What a filter by product accepts: a stranger's id is answered like a missing one."""
    return Product.objects.for_user(request.user)


class UploadLimit(FileUploadHandler):
    """
    Counts the bytes of a file while they arrive, and ends the request when they are too many.

    The first of Django's handlers, for every address: those behind it keep what it lets through.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Raises RequestDataTooBig."""
        self._size += len(raw_data)
        if self._size > settings.UPLOAD_LIMIT:
            raise RequestDataTooBig
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The file is the next handler's to keep."""


class PreconditionRequired(exceptions.APIException):
    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_code = "precondition_required"


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = gettext_lazy("This is more than can be taken at once.")


def read_version(request: Request) -> int:
    """The version in `If-Match`. Raises PreconditionRequired: an edit must say what it is an edit of."""
    match = re.fullmatch(r'"?(\d{1,9})"?', request.headers.get("If-Match", ""), re.ASCII)
    if match is None:
        raise PreconditionRequired(_('Send the version you read in the header If-Match, for example If-Match: "3".'))
    return int(match[1])


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """
    Every error in one shape: `{"code": …, "message": …, "fields": {name: [messages]}}`.

    A stranger's row and a missing one answer with the same body.
    """
    if isinstance(error, Refusal):
        return Response(_body(error.code, error.message, error.fields), status=_status(error))
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    return Response(_api_body(error), status=_api_status(error), headers=_headers(error))


def _api_status(error: exceptions.APIException) -> int:
    """The framework turns 401 into 403 for sessions; a page must tell "sign in" from "not yours to do"."""
    is_nobody = isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed))
    return HTTPStatus.UNAUTHORIZED if is_nobody else error.status_code


def _headers(error: exceptions.APIException) -> dict[str, str]:
    if _api_status(error) == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Session"}
    wait = getattr(error, "wait", None)
    return {} if wait is None else {"Retry-After": str(int(wait) + 1)}


def _status(error: Refusal) -> HTTPStatus:
    if isinstance(error, Forbidden):
        return HTTPStatus.FORBIDDEN
    if isinstance(error, StaleEdit):
        return HTTPStatus.PRECONDITION_FAILED
    return HTTPStatus.UNPROCESSABLE_ENTITY


def _api_body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"": error.detail}
        return _body("invalid", _("Some values cannot be used. See the fields."), fields)
    code = error.get_codes()
    return _body(code if isinstance(code, str) else "error", error.detail, {})


def _body(code: str, message: Any, fields: Any) -> dict[str, Any]:
    return {"code": code, "message": str(message), "fields": fields}


def answer_missing(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """An address under `/api/` that does not exist, in the API's own shape."""
    error = exceptions.NotFound()
    return JsonResponse(_body("not_found", error.detail, {}), status=HTTPStatus.NOT_FOUND)


def answer_csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A request without its CSRF token: the API's shape under `/api/`, a page elsewhere."""
    if not request.path.startswith("/api/"):
        return csrf_failure(request, reason)
    text = _("Send the value of the csrf cookie in the header X-CSRFToken.")
    return JsonResponse(_body("csrf_failed", text, {}), status=HTTPStatus.FORBIDDEN)
