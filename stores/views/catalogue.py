from http import HTTPStatus

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import CatalogueBatch, CityPrice, Product
from stores.serializers.catalogue import (
    FACTS,
    ProductCreateSerializer,
    ProductEditSerializer,
    ProductSerializer,
    with_empty,
)
from stores.serializers.economics import PriceEconomicsSerializer
from stores.services.catalogue import ProductChange, Terms
from stores.services.catalogue.finding import FIRST_SORTING, LONGEST_SEARCH, SORTINGS, Wanted, find
from stores.services.catalogue.one_product import add_product, change_product
from stores.services.prices.economics import economics_at, price_asked_about
from stores.services.prices.pricing_edit import PricingEdit
from stores.views.wire import IF_MATCH, SortedPagination, own_stores, read_version

Source = CatalogueBatch.Source
PRICE = OpenApiParameter("price", str, description="Tenge, for example 12000. Without it: the price in the city.")
CITY = OpenApiParameter("city_id", str, description="The city whose price is meant. Without it: the product's first.")


class ProductFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)
    search = filters.CharFilter(max_length=LONGEST_SEARCH, label="Words in SKU, name and brand, or the card.")
    sku = filters.CharFilter()
    card_id = filters.CharFilter()
    brand = filters.CharFilter()
    category_code = filters.CharFilter()
    strategy = filters.ChoiceFilter(choices=Product.Strategy.choices)
    is_paused = filters.BooleanFilter()
    has_limits = filters.BooleanFilter(label="A floor and a ceiling in each city.")
    is_on_sale = filters.BooleanFilter(label="Available at an open point.")
    has_card = filters.BooleanFilter()
    lost_place = filters.BooleanFilter(label="Not first in some city where rivals were seen.")
    city_id = filters.CharFilter(label="Has a price there.")
    point_code = filters.CharFilter(label="Lies there, on sale or not.")
    hold_rule = filters.CharFilter(label="The code of why rules leave a price of it alone.")

    def filter_queryset(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        told = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        store = told.pop("store", None)
        found = queryset if store is None else queryset.filter(store=store)
        return find(found, Wanted(**told))


class ProductViewSet(ReadOnlyModelViewSet):
    """Articles with their price, limits and standing in each city."""

    queryset = Product.everything.none()
    serializer_class = ProductSerializer
    filterset_class = ProductFilter
    pagination_class = SortedPagination
    sortings = SORTINGS
    first_sorting = FIRST_SORTING

    def get_queryset(self) -> QuerySet[Product]:
        products = Product.objects.for_user(self.request.user).select_related("store")
        prices = Prefetch("city_prices", CityPrice.everything.select_related("market"))
        return products.prefetch_related(prices, "availabilities__sales_point", "store__pricing_rules")

    @extend_schema(request=ProductCreateSerializer, responses={201: ProductSerializer})
    def create(self, request: Request) -> Response:
        """Add a product to a store: at least its SKU and name; `cities` and `points` say where it is sold."""
        wanted = ProductCreateSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        store = get_object_or_404(own_stores(request), pk=values.pop("store"))
        terms = Terms(is_confirmed=values.pop("is_confirmed"))
        product = add_product(store, ProductChange(**with_empty(values)), request.user, Source.API, terms)
        return Response(ProductSerializer(self.get_queryset().get(pk=product.pk)).data, status=HTTPStatus.CREATED)

    @extend_schema(request=ProductEditSerializer, responses=ProductSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """
        Change facts of a product, its limits, strategy, plan, step, or the price itself, everywhere or in one city.
        Needs `If-Match` with the version that was read.
        """
        product = self.get_object()
        version = read_version(request)
        serializer = ProductEditSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        facts = {name: values.pop(name) for name in FACTS & values.keys()}
        edit = PricingEdit(
            version=version,
            city_id=values.pop("city_id", None),
            move_prices=values.pop("move_prices"),
            confirm=values.pop("confirm", {}),
            values=values,
            source=Source.API,
        )
        wanted = ProductChange(product.sku, **with_empty(facts)) if facts else None
        change_product(product, wanted, edit, request.user)
        return Response(ProductSerializer(self.get_object()).data)

    @extend_schema(responses=PriceEconomicsSerializer, parameters=[PRICE, CITY])
    @action(detail=True, filterset_class=None)
    def economics(self, request: Request, **kwargs: object) -> Response:
        """Where a price goes, which price loses nothing, and which are foolish, by the fees of today."""
        product = self.get_object()
        query = request.query_params
        price = price_asked_about(product, query.get("price"), query.get("city_id"))
        return Response(PriceEconomicsSerializer(economics_at(product, price)).data)
