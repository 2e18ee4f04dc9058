"""Who am I, and out: the session of the cabinet and of a separate front-end. Signing in is at `/api/auth/`."""

from typing import Any

from django.contrib.auth import logout
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from stores.serializers.accounts import PersonSerializer


@method_decorator([ensure_csrf_cookie, csrf_protect], name="dispatch")
class SessionView(APIView):
    """`GET`: who is signed in, the CSRF cookie, and its value in `X-CSRFToken`. `DELETE`: sign out."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(responses=PersonSerializer)
    def get(self, request: Request) -> Response:
        """A front-end on another host cannot read the cookie, so the answer says its value too."""
        wire_request = request._request  # noqa: SLF001 -- Django's own request
        return Response(_person(request.user), headers={"X-CSRFToken": get_token(wire_request)})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        logout(request._request)  # noqa: SLF001 -- as above
        return Response(status=204)


def _person(user: Any) -> dict[str, str] | None:
    if not user.is_authenticated:
        return None
    return dict(PersonSerializer(user).data)
