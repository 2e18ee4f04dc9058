from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import Replay
from stores.serializers.replay import ReplayAskSerializer, ReplayDetailSerializer, ReplaySerializer
from stores.services.prices.replay import work
from stores.views.wire import own_stores


class ReplayFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)

    class Meta:
        model = Replay
        fields = ["store", "state"]


class ReplayViewSet(ReadOnlyModelViewSet):
    """Strategies run over the recorded market of a store. They move no price, so every member may ask."""

    queryset = Replay.everything.none()
    serializer_class = ReplayDetailSerializer
    filterset_class = ReplayFilter

    def get_queryset(self) -> QuerySet[Replay]:
        rows = Replay.objects.for_user(self.request.user)
        return rows.defer("result") if self.action == "list" else rows

    def get_serializer_class(self) -> type[BaseSerializer[Replay]]:
        return ReplaySerializer if self.action == "list" else ReplayDetailSerializer

    @extend_schema(request=ReplayAskSerializer, responses={201: ReplayDetailSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a replay. It runs in the background; read it again to see its progress and its result."""
        wish = ReplayAskSerializer(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        wanted = dict(wish.validated_data)
        replay = work.ask(wanted.pop("store"), work.Wanted(**wanted), request.user)
        return Response(ReplayDetailSerializer(replay).data, status=status.HTTP_201_CREATED)
