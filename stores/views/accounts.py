"""A person's own account over the API. Only at a session: no API token opens these."""

from http import HTTPStatus

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib.auth import logout
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import ApiToken, Invitation
from stores.serializers.accounts import (
    ApiTokenCreateSerializer,
    ApiTokenSerializer,
    InvitationSerializer,
    IssuedTokenSerializer,
    MembershipSerializer,
    PersonEditSerializer,
    PersonSerializer,
)
from stores.services import teams
from stores.services.accounts import delete_account, export_of
from stores.services.tokens import issue_token, revoke_token
from users.services.people import change_person
from users.services.sessions import end_all_sessions


class PasswordAsked(BasePermission):
    """
    What a forgotten open browser must not do asks for the password first.

    A front-end asks for it at `/api/auth/browser/v1/auth/reauthenticate` and comes again within five minutes.
    """

    code = "password_needed"
    message = _("Give your password again first.")

    def has_permission(self, request: Request, view: object) -> bool:
        return did_recently_reauthenticate(request._request)  # noqa: SLF001 -- allauth wants Django's own request


class AccountView(APIView):
    """`GET`: the person. `PATCH`: name, language. `DELETE`: forget the person."""

    authentication_classes = [SessionAuthentication]

    def get_permissions(self) -> list[BasePermission]:
        asked = [PasswordAsked()] if self.request.method == "DELETE" else []
        return [IsAuthenticated(), *asked]

    @extend_schema(responses=PersonSerializer)
    def get(self, request: Request) -> Response:
        return Response(PersonSerializer(request.user).data)

    @extend_schema(request=PersonEditSerializer, responses=PersonSerializer)
    def patch(self, request: Request) -> Response:
        edit = PersonEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        return Response(PersonSerializer(change_person(request.user, edit.validated_data)).data)

    @extend_schema(request=None, responses={HTTPStatus.NO_CONTENT: None})
    def delete(self, request: Request) -> Response:
        """Refused while a store has no other owner. Needs the password of the last minutes."""
        delete_account(request.user)
        logout(request._request)  # noqa: SLF001 -- as above
        return Response(status=HTTPStatus.NO_CONTENT)


class ExportView(APIView):
    """All that is kept of the person."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated, PasswordAsked]

    @extend_schema(responses={HTTPStatus.OK: dict})
    def get(self, request: Request) -> Response:
        return Response(export_of(request.user))


class EverywhereView(APIView):
    """Sign out everywhere."""

    authentication_classes = [SessionAuthentication]

    @extend_schema(request=None, responses={HTTPStatus.NO_CONTENT: None})
    def delete(self, request: Request) -> Response:
        """End all sessions of the person, this one too."""
        end_all_sessions(request.user)
        logout(request._request)  # noqa: SLF001 -- as above
        return Response(status=HTTPStatus.NO_CONTENT)


class ApiTokenViewSet(ReadOnlyModelViewSet):
    """The person's API tokens."""

    authentication_classes = [SessionAuthentication]
    queryset = ApiToken.objects.none()
    serializer_class = ApiTokenSerializer
    filter_backends = []

    def get_permissions(self) -> list[BasePermission]:
        asked = [PasswordAsked()] if self.action == "create" else []
        return [IsAuthenticated(), *asked]

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.for_user(self.request.user)

    @extend_schema(request=ApiTokenCreateSerializer, responses={HTTPStatus.CREATED: IssuedTokenSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """A new token; its secret is in this answer only. Needs the password of the last minutes."""
        wanted = ApiTokenCreateSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        issued = issue_token(request.user, **wanted.validated_data)
        shown = dict(ApiTokenSerializer(issued.token).data) | {"secret": issued.secret}
        return Response(shown, status=HTTPStatus.CREATED)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Take the token back."""
        revoke_token(self.get_object())
        return Response(status=HTTPStatus.NO_CONTENT)


class OwnInvitationViewSet(ReadOnlyModelViewSet):
    """The invitations that the person may answer."""

    authentication_classes = [SessionAuthentication]
    queryset = Invitation.everything.none()
    serializer_class = InvitationSerializer
    filter_backends = []

    def get_queryset(self) -> QuerySet[Invitation]:
        return teams.invitations_to(self.request.user)

    @extend_schema(request=None, responses=MembershipSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def accept(self, request: Request, **kwargs: object) -> Response:
        """Join the store."""
        return Response(MembershipSerializer(teams.accept(self.get_object(), request.user)).data)

    @extend_schema(request=None, responses={HTTPStatus.NO_CONTENT: None})
    @action(detail=True, methods=["post"], pagination_class=None)
    def decline(self, request: Request, **kwargs: object) -> Response:
        """Say no."""
        teams.decline(self.get_object(), request.user)
        return Response(status=HTTPStatus.NO_CONTENT)
