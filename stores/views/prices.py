from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import ProductPriceUpdate
from stores.serializers.prices import PriceUpdateCardSerializer, PriceUpdateSerializer, UndoSerializer
from stores.services.prices import answers
from stores.services.prices.undo import undo
from stores.views.wire import own_products, own_stores


class PriceUpdateFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)
    product = filters.ModelChoiceFilter(queryset=own_products)

    class Meta:
        model = ProductPriceUpdate
        fields = ["store", "product", "city_id", "state", "origin"]


class PriceUpdateViewSet(ReadOnlyModelViewSet):
    """Changes of prices, newest first: from, to, why, and how far each has got."""

    queryset = ProductPriceUpdate.everything.none()
    serializer_class = PriceUpdateSerializer
    filterset_class = PriceUpdateFilter

    def get_queryset(self) -> QuerySet[ProductPriceUpdate]:
        return ProductPriceUpdate.objects.for_user(self.request.user).select_related("product", "actor")

    @extend_schema(responses=PriceUpdateCardSerializer)
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One change with its card: the offers that were seen, each thought, the guards, what it earns."""
        return Response(PriceUpdateCardSerializer(self.get_object()).data)

    @extend_schema(request=None, responses=PriceUpdateSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **kwargs: object) -> Response:
        """Say yes to a proposed price. The gate is asked again; saying it twice changes nothing more."""
        answers.approve(self.get_object(), request.user)
        return Response(PriceUpdateSerializer(self.get_object()).data)

    @extend_schema(request=None, responses=UndoSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **kwargs: object) -> Response:
        """
        Put back the price from before this change, and pause the product. Answers the change that does so. A store that
        is paused only watches afterwards, for the price list has to go out; while all is stopped, `notice` says so.
        """
        back = undo(self.get_object(), request.user)
        return Response(UndoSerializer(self.get_queryset().get(pk=back.pk)).data)

    @extend_schema(request=None, responses=PriceUpdateSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, **kwargs: object) -> Response:
        """Say no to a proposed price."""
        answers.refuse(self.get_object(), request.user)
        return Response(PriceUpdateSerializer(self.get_object()).data)
