from http import HTTPStatus

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import SalesPoint
from stores.models.roles import Action
from stores.serializers.sales_points import (
    ClosingSerializer,
    PointCreateSerializer,
    PointEditSerializer,
    PointSerializer,
)
from stores.services.sales_points import add_point, change_point, closing
from stores.views.wire import own_stores


class PointFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)

    class Meta:
        model = SalesPoint
        fields = ["store", "city_id", "is_open"]


class SalesPointViewSet(ReadOnlyModelViewSet):
    """Where the goods lie."""

    queryset = SalesPoint.everything.none()
    serializer_class = PointSerializer
    filterset_class = PointFilter

    def get_queryset(self) -> QuerySet[SalesPoint]:
        shows_products = self.action == "closing"
        return SalesPoint.objects.for_user(self.request.user, Action.SEE_PRICES if shows_products else None)

    @extend_schema(request=PointCreateSerializer, responses={201: PointSerializer})
    def create(self, request: Request) -> Response:
        """Add a point of a store."""
        wanted = PointCreateSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        store = get_object_or_404(own_stores(request), pk=wanted.validated_data["store"])
        point = add_point(store, wanted.validated_data, request.user)
        return Response(PointSerializer(point).data, status=HTTPStatus.CREATED)

    @extend_schema(request=PointEditSerializer, responses=PointSerializer)
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Change a point's address or hours, close it or open it again. `closing` tells what a closing would do."""
        point = self.get_object()
        edit = PointEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        return Response(PointSerializer(change_point(point, edit.validated_data, request.user)).data)

    @extend_schema(responses=ClosingSerializer)
    @action(detail=True, pagination_class=None, filterset_class=None)
    def closing(self, request: Request, **kwargs: object) -> Response:
        """What goes off sale when this point closes. Nothing changes."""
        return Response(ClosingSerializer(closing(self.get_object())).data)
