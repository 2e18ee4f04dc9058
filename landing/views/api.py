"""`/api/landing/`: the content of the page in one language, and reviews that customers send."""

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import SAFE_METHODS, IsAuthenticatedOrReadOnly
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from landing.languages import Language, active_language
from landing.serializers import (
    ContentSerializer,
    FaqSerializer,
    FooterSerializer,
    ReviewSerializer,
    ReviewSubmissionSerializer,
    TariffSerializer,
)
from landing.services import reviews
from landing.services.content import read_content
from landing.services.editions import kept
from landing.views.documents import Document, answer

LANGUAGE = OpenApiParameter("language", str, enum=Language.values, description="Instead of the header Accept-Language.")
DESCRIPTION = "Carries an ETag: ask with If-None-Match, and an unchanged answer is 304."


class ReviewWaits(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_code = "review_waits"
    default_detail = _("Your earlier review has not been read yet. It appears after that.")


class ReviewThrottle(UserRateThrottle):
    """Counts what is sent. Reading costs a query."""

    scope = "reviews"

    def allow_request(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)


class LandingView(APIView):
    """A part of the page, open to everybody; without one, all of them."""

    part = ""
    permission_classes = [IsAuthenticatedOrReadOnly]
    throttle_classes = []

    def perform_authentication(self, request: Request) -> None:
        """Not before somebody asks: whoever reads needs no session, and his answer is everybody's."""

    def get(self, request: Request) -> HttpResponse:
        return answer(request, render_part(self.part, read_language(request)))


@kept
def render_part(part: str, language: str) -> Document:
    """A part of the edition that is out, as JSON."""
    with translation.override(language):
        content: dict[str, Any] = dict(ContentSerializer(read_content()).data)
        body: bytes = JSONRenderer().render(content[part] if part else content)
    return Document(body, "application/json", language)


def read_language(request: HttpRequest | Request) -> str:
    """The language asked for by `?language=`, else by the browser. Raises ValidationError for one that is not ours."""
    asked = request.GET.get("language", active_language())
    if asked not in Language.values:
        known = ", ".join(Language.values)
        raise serializers.ValidationError({"language": [_("Known are: %(known)s.") % {"known": known}]})
    return asked


@extend_schema(parameters=[LANGUAGE], description=DESCRIPTION, responses=ContentSerializer)
class ContentView(LandingView):
    """All parts of the page."""


@extend_schema(parameters=[LANGUAGE], description=DESCRIPTION, responses=TariffSerializer(many=True))
class TariffsView(LandingView):
    part = "tariffs"


@extend_schema(parameters=[LANGUAGE], description=DESCRIPTION, responses=FaqSerializer(many=True))
class FaqView(LandingView):
    part = "faq"


@extend_schema(parameters=[LANGUAGE], description=DESCRIPTION, responses=FooterSerializer)
class FooterView(LandingView):
    part = "footer"


class ReviewsView(LandingView):
    """`GET`: the published ones. `POST`: one's own, which appears after it has been read."""

    part = "reviews"
    throttle_classes = [ReviewThrottle]

    @extend_schema(parameters=[LANGUAGE], description=DESCRIPTION, responses=ReviewSerializer(many=True))
    def get(self, request: Request) -> HttpResponse:
        return super().get(request)

    @extend_schema(request=ReviewSubmissionSerializer, responses={201: ReviewSubmissionSerializer})
    def post(self, request: Request) -> Response:
        sent = ReviewSubmissionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        try:
            reviews.submit(cast("int", request.user.pk), reviews.Words(**sent.validated_data))
        except reviews.ReviewWaitsError:
            raise ReviewWaits from None
        return Response(sent.data, status=HTTPStatus.CREATED)
