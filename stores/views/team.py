"""Who belongs to a store, over the API. Only at a session: a team is a matter of people."""

from http import HTTPStatus

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import Invitation, Membership, Store
from stores.models.roles import Action
from stores.serializers.accounts import (
    InvitationCreateSerializer,
    InvitationSerializer,
    MembershipEditSerializer,
    MembershipSerializer,
)
from stores.services import teams


def managed_stores(request: Request) -> QuerySet[Store]:
    """What a filter by store accepts: the stores whose team the person manages."""
    return Store.objects.for_user(request.user, Action.MANAGE_TEAM)


class TeamFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=managed_stores)


class MembershipViewSet(ReadOnlyModelViewSet):
    """The members of the stores whose team the person manages, and the person's own places elsewhere."""

    authentication_classes = [SessionAuthentication]
    queryset = Membership.everything.none()
    serializer_class = MembershipSerializer
    filterset_class = TeamFilter

    def get_queryset(self) -> QuerySet[Membership]:
        person = self.request.user
        managed = Membership.objects.for_user(person, Action.MANAGE_TEAM).values("pk")
        return Membership.everything.filter(Q(pk__in=managed) | Q(user=person)).select_related("user")

    @extend_schema(request=MembershipEditSerializer, responses=MembershipSerializer)
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Give a member another role."""
        membership = self.get_object()
        edit = MembershipEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        changed = teams.change_role(membership, edit.validated_data["role"], request.user)
        return Response(MembershipSerializer(changed).data)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Take a member out, or leave."""
        teams.remove(self.get_object(), request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class InvitationViewSet(ReadOnlyModelViewSet):
    """The open invitations of the stores whose team the person manages."""

    authentication_classes = [SessionAuthentication]
    queryset = Invitation.everything.none()
    serializer_class = InvitationSerializer
    filterset_class = TeamFilter

    def get_queryset(self) -> QuerySet[Invitation]:
        return Invitation.objects.for_user(self.request.user).filter(teams.is_open()).select_related("store")

    @extend_schema(request=InvitationCreateSerializer, responses={HTTPStatus.CREATED: InvitationSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Invite an address, by letter."""
        wanted = InvitationCreateSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = wanted.validated_data
        store = get_object_or_404(Store.objects.for_user(request.user, Action.SEE_STORE), pk=values["store"])
        invitation = teams.invite(store, values["email"], values["role"], request.user)
        return Response(InvitationSerializer(invitation).data, status=HTTPStatus.CREATED)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Take an invitation back."""
        teams.withdraw(self.get_object(), request.user)
        return Response(status=HTTPStatus.NO_CONTENT)
