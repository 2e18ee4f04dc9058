from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import CityPrice, Product
from stores.models.catalogue import matches
from stores.serializers.catalogue import ProductEditSerializer, ProductSerializer
from stores.serializers.economics import PriceEconomicsSerializer
from stores.services.prices.economics import economics_at, price_asked_about
from stores.services.prices.limits import Edit, edit_product
from stores.views.wire import IF_MATCH, own_stores, read_version

# Each word is a condition of its own, and a database takes only so many.
LONGEST_SEARCH = 200

PRICE = OpenApiParameter("price", str, description="Tenge, for example 12000. Without it: the price in the city.")
CITY = OpenApiParameter("city_id", str, description="The city whose price is meant. Without it: the product's first.")


class ProductFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)
    search = filters.CharFilter(method="by_words", max_length=LONGEST_SEARCH)
    sku = filters.CharFilter()

    class Meta:
        model = Product
        fields = ["store", "sku", "card_id", "brand", "strategy", "is_paused", "search"]

    def by_words(self, products: QuerySet[Product], name: str, words: str) -> QuerySet[Product]:
        return products.filter(matches(words))


class ProductViewSet(ReadOnlyModelViewSet):
    """Articles with their price, limits and standing in each city."""

    queryset = Product.everything.none()
    serializer_class = ProductSerializer
    filterset_class = ProductFilter

    def get_queryset(self) -> QuerySet[Product]:
        products = Product.objects.for_user(self.request.user).select_related("store")
        prices = Prefetch("city_prices", CityPrice.everything.select_related("market"))
        return products.prefetch_related(prices, "availabilities__sales_point", "store__pricing_rules")

    @extend_schema(request=ProductEditSerializer, responses=ProductSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """
        Change limits, strategy, plan, step, or the price itself, everywhere or in one city. Needs `If-Match` with the
        version that was read.
        """
        product = self.get_object()
        version = read_version(request)
        serializer = ProductEditSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        edit = Edit(
            version=version,
            city_id=values.pop("city_id", None),
            move_prices=values.pop("move_prices"),
            confirm=values.pop("confirm", {}),
            values=values,
        )
        edit_product(product, edit, request.user)
        return Response(ProductSerializer(self.get_object()).data)

    @extend_schema(responses=PriceEconomicsSerializer, parameters=[PRICE, CITY])
    @action(detail=True)
    def economics(self, request: Request, **kwargs: object) -> Response:
        """Where a price goes, which price loses nothing, and which are foolish, by the fees of today."""
        product = self.get_object()
        query = request.query_params
        price = price_asked_about(product, query.get("price"), query.get("city_id"))
        return Response(PriceEconomicsSerializer(economics_at(product, price)).data)
