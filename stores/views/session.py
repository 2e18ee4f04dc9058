"""Sign in, sign out, who am I: the session of the cabinet and of a separate front-end."""

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from stores.serializers.wire import StrictSerializer


class CredentialsSerializer(StrictSerializer):
    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, max_length=4096)


class PersonSerializer(serializers.Serializer):
    email = serializers.EmailField()
    full_name = serializers.CharField()
    language = serializers.CharField()


@method_decorator([ensure_csrf_cookie, csrf_protect], name="dispatch")
class SessionView(APIView):
    """`GET`: who is signed in, and the CSRF cookie. `POST`: sign in. `DELETE`: sign out."""

    permission_classes = [AllowAny]

    @extend_schema(responses=PersonSerializer)
    def get(self, request: Request) -> Response:
        return Response(_person(request.user))

    @extend_schema(request=CredentialsSerializer, responses=PersonSerializer)
    def post(self, request: Request) -> Response:
        """Unknown, wrong and blocked get the same answer."""
        credentials = CredentialsSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        wire_request = request._request  # noqa: SLF001 -- authenticate() and login() want Django's own request
        user = authenticate(
            wire_request,
            username=credentials.validated_data["email"],
            password=credentials.validated_data["password"],
        )
        if user is None:
            raise AuthenticationFailed(_("The e-mail or the password is wrong, or there were too many tries."))
        login(wire_request, user)
        return Response(_person(user))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        logout(request._request)  # noqa: SLF001 -- as above
        return Response(status=204)


def _person(user: Any) -> dict[str, str] | None:
    if not user.is_authenticated:
        return None
    return dict(PersonSerializer(user).data)
