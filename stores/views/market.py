from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import CardMarket, Competitor, Product, Store
from stores.serializers.market import (
    HistoryPeriodSerializer,
    HistorySerializer,
    MarketSerializer,
    OfferSerializer,
    RivalEditSerializer,
    RivalSerializer,
)
from stores.services.market.history import price_history
from stores.services.market.rivals import change_rival
from stores.views.wire import own_products, own_stores

WEEK = timedelta(days=7)


class MarketFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores, method="of_store")
    product = filters.ModelChoiceFilter(queryset=own_products, method="of_product")
    is_failing = filters.BooleanFilter(field_name="failures", method="by_failures")

    class Meta:
        model = CardMarket
        fields = ["store", "product", "card_id", "city_id", "is_failing"]

    @extend_schema_field(OpenApiTypes.INT)
    def of_store(self, markets: Any, name: str, store: Store) -> Any:
        return markets.for_store(store)

    @extend_schema_field(OpenApiTypes.INT)
    def of_product(self, markets: QuerySet[CardMarket], name: str, product: Product) -> QuerySet[CardMarket]:
        return markets.filter(pk__in=product.city_prices.values("market"))

    def by_failures(self, markets: QuerySet[CardMarket], name: str, value: bool) -> QuerySet[CardMarket]:  # noqa: FBT001 -- django-filter's signature
        return markets.filter(failures__gt=0) if value else markets.filter(failures=0)


class MarketViewSet(ReadOnlyModelViewSet):
    """Cards in cities that the person's stores sell in, as they stood at the last look."""

    queryset = CardMarket.objects.none()
    serializer_class = MarketSerializer
    filterset_class = MarketFilter

    def get_queryset(self) -> QuerySet[CardMarket]:
        return CardMarket.objects.for_user(self.request.user).select_related("leader")

    @extend_schema(responses=OfferSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def offers(self, request: Request, **kwargs: object) -> Response:
        """All offers on the card in the city, in the marketplace's order."""
        offers = self.get_object().offers.select_related("competitor_store").order_by("place", "pk")
        own = Store.objects.for_user(request.user).values_list("merchant_id", flat=True)
        return Response(OfferSerializer(offers, many=True, context={"own_merchants": set(own)}).data)

    @extend_schema(parameters=[HistoryPeriodSerializer], responses=HistorySerializer)
    @action(detail=True, pagination_class=None, filterset_class=None)
    def history(self, request: Request, **kwargs: object) -> Response:
        """How the prices on the card went, for a chart."""
        period = HistoryPeriodSerializer(data=request.query_params.dict())
        period.is_valid(raise_exception=True)
        until = period.validated_data.get("until", timezone.now())
        since = period.validated_data.get("since", until - WEEK)
        if since >= until:
            raise ValidationError({"since": [_("Write a moment before `until`.")]})
        history = price_history(self.get_object(), since, until, period.validated_data["points"])
        return Response(HistorySerializer(history).data)


class RivalFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)
    name = filters.CharFilter(field_name="competitor_store__name", lookup_expr="icontains", max_length=200)
    merchant_id = filters.CharFilter(field_name="competitor_store__merchant_id")

    class Meta:
        model = Competitor
        fields = ["store", "stance", "is_bot", "name", "merchant_id"]


class RivalViewSet(ReadOnlyModelViewSet):
    """The merchants met on the cards of the person's stores."""

    queryset = Competitor.everything.none()
    serializer_class = RivalSerializer
    filterset_class = RivalFilter

    def get_queryset(self) -> QuerySet[Competitor]:
        return Competitor.objects.for_user(self.request.user).select_related("competitor_store")

    @extend_schema(request=RivalEditSerializer, responses=RivalSerializer)
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Say what the merchant is to the store: rival, own, partner, ignored; notes, contact."""
        rival = self.get_object()
        edit = RivalEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        return Response(RivalSerializer(change_rival(rival, edit.validated_data, request.user)).data)
