from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from stores.models import Availability, StockMovement, Store
from stores.serializers.stock import (
    ConfirmedSerializer,
    ConfirmStocksSerializer,
    CountSerializer,
    StockMovementSerializer,
    StockRulesEditSerializer,
    StockRulesSerializer,
    StockSerializer,
)
from stores.services.stock.counts import Seen, confirm_stocks, count_stock
from stores.services.stock.rules import change_rules, rules_of
from stores.views.wire import IF_MATCH, KeysetPagination, own_products, own_stores, read_version


class StockFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(field_name="product__store", queryset=own_stores)
    product = filters.ModelChoiceFilter(queryset=own_products)
    is_doubtful = filters.BooleanFilter(field_name="doubt", method="only_doubtful")

    class Meta:
        model = Availability
        fields = ["store", "product", "doubt"]

    def only_doubtful(self, stocks: QuerySet[Availability], name: str, value: bool) -> QuerySet[Availability]:  # noqa: FBT001 -- django-filter's signature
        return stocks.exclude(doubt="") if value else stocks.filter(doubt="")


class StockViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Availability]):
    """How many pieces there are of each product at each point, and whether that is to be believed."""

    queryset = Availability.everything.none()
    serializer_class = StockSerializer
    filterset_class = StockFilter
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Availability]:
        return Availability.objects.for_user(self.request.user).select_related("product", "sales_point")

    @extend_schema(request=CountSerializer, responses=StockSerializer)
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def count(self, request: Request, **kwargs: object) -> Response:
        """
        Somebody has counted so many pieces on the shelf; a doubt ends. New orders that are not accepted yet take theirs
        from these within a minute.
        """
        stock = self.get_object()
        counted = CountSerializer(data=request.data)
        counted.is_valid(raise_exception=True)
        count_stock(stock, counted.validated_data["stock"], request.user)
        return Response(StockSerializer(self.get_object()).data)

    @extend_schema(responses=StockMovementSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def movements(self, request: Request, **kwargs: object) -> Response:
        """What orders did to it, newest first: the last count and the movements after it make what is there."""
        done: QuerySet[Any] = StockMovement.everything.filter(availability=self.get_object())
        page = self.paginate_queryset(done.select_related("order_item__order", "availability", "actor"))
        return self.get_paginated_response(StockMovementSerializer(page, many=True).data)


class StoreStock(GenericViewSet[Store]):
    """Actions of a store's viewset."""

    @extend_schema(methods=["GET"], responses=StockRulesSerializer)
    @extend_schema(
        methods=["PATCH"], request=StockRulesEditSerializer, responses=StockRulesSerializer, parameters=[IF_MATCH]
    )
    @action(detail=True, methods=["get", "patch"], url_path="stock-rules", pagination_class=None, filterset_fields=[])
    def stock_rules(self, request: Request, **kwargs: object) -> Response:
        """
        Whether orders move the stock, what the price list says of goods that are gone, and when a count is old. A
        change needs `If-Match` with the version that was read.
        """
        store = self.get_object()
        if request.method == "PATCH":
            version = read_version(request)
            edit = StockRulesEditSerializer(data=request.data)
            edit.is_valid(raise_exception=True)
            rules = change_rules(store, version, edit.validated_data, request.user)
            return Response(StockRulesSerializer(rules).data)
        return Response(StockRulesSerializer(rules_of(store.pk)).data)

    @extend_schema(request=ConfirmStocksSerializer, responses=ConfirmedSerializer)
    @action(detail=True, methods=["post"], url_path="confirm-stocks", pagination_class=None, filterset_fields=[])
    def confirm_stocks(self, request: Request, **kwargs: object) -> Response:
        """
        Somebody has found that so many can be sold of these as he read. Those of other stores are passed over; what has
        moved since stays as it is, and is told.
        """
        store = self.get_object()
        counted = ConfirmStocksSerializer(data=request.data)
        counted.is_valid(raise_exception=True)
        seen = [Seen(**each) for each in counted.validated_data["stocks"]]
        return Response(ConfirmedSerializer(confirm_stocks(store, seen, request.user)).data)
