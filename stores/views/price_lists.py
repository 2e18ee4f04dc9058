"""The seller's door to his price lists: versions, visits, what differs, and files to take away."""

from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.throttling import BaseThrottle, ScopedRateThrottle
from rest_framework.viewsets import GenericViewSet

from stores.models import PriceListPull, PriceListVersion, Product, Store
from stores.models.roles import Action
from stores.serializers.price_lists import (
    CompareQuerySerializer,
    DifferenceSerializer,
    DifferencesSerializer,
    ExportQuerySerializer,
    FileQuerySerializer,
    OfferAtMarketplaceSerializer,
    OfferQuerySerializer,
    PriceListAccessSerializer,
    PriceListPullSerializer,
    PriceListSerializer,
    PriceListVersionSerializer,
)
from stores.services.exports.files import export_price_list, export_table
from stores.services.prices.price_list import versions
from stores.services.prices.price_list.pulls import last_pulled
from stores.services.store import give_price_list_access, price_list_of
from stores.views.files import answer_file

FILES = frozenset({"file", "export"})


class PriceListViewSet(GenericViewSet):
    """The price list of a store, by the store's id."""

    queryset = Store.everything.none()
    serializer_class = PriceListSerializer
    throttle_scope = "files"

    def get_queryset(self) -> QuerySet[Store]:
        return Store.objects.for_user(self.request.user, Action.EXPORT if self.action in FILES else None)

    def get_throttles(self) -> list[BaseThrottle]:
        """Files are dear: they are counted by themselves."""
        return [*super().get_throttles(), *([ScopedRateThrottle()] if self.action in FILES else [])]

    @extend_schema(responses=PriceListSerializer(many=True))
    def list(self, request: Request, **kwargs: object) -> Response:
        """The price lists of the person's stores."""
        stores = self.paginate_queryset(self.get_queryset()) or []
        told = [price_list_of(store, request.user) for store in stores]
        return self.get_paginated_response(PriceListSerializer(told, many=True).data)

    @extend_schema(responses=PriceListSerializer)
    def retrieve(self, request: Request, **kwargs: object) -> Response:
        """Where the list is fetched, which version is served, and which one the marketplace has."""
        return Response(PriceListSerializer(price_list_of(self.get_object(), request.user)).data)

    @extend_schema(request=None, responses=PriceListAccessSerializer)
    @action(detail=True, methods=["post"])
    def access(self, request: Request, **kwargs: object) -> Response:
        """A new login and password for the puller; the old ones stop working at once (owner)."""
        given = give_price_list_access(self.get_object(), request.user)
        return Response(PriceListAccessSerializer(given).data)

    @extend_schema(responses=PriceListVersionSerializer(many=True))
    @action(detail=True)
    def versions(self, request: Request, **kwargs: object) -> Response:
        """All lists that were built, newest first."""
        return self._page(PriceListVersion.objects.for_store(self.get_object()), PriceListVersionSerializer)

    @extend_schema(responses=PriceListPullSerializer(many=True))
    @action(detail=True)
    def pulls(self, request: Request, **kwargs: object) -> Response:
        """All visits to the list, newest first."""
        return self._page(PriceListPull.objects.for_store(self.get_object()), PriceListPullSerializer)

    @extend_schema(parameters=[CompareQuerySerializer], responses=DifferencesSerializer)
    @action(detail=True, pagination_class=None)
    def compare(self, request: Request, **kwargs: object) -> Response:
        """What one kept version says otherwise than another."""
        store, asked = self.get_object(), _query(CompareQuerySerializer(data=request.query_params))
        page = versions.differences(store, asked["new"], asked["old"], asked["after"], asked["page_size"])
        results = DifferenceSerializer(page.differences, many=True).data
        return Response({"next": page.next, "results": results})

    @extend_schema(parameters=[OfferQuerySerializer], responses=OfferAtMarketplaceSerializer)
    @action(detail=True, pagination_class=None)
    def offer(self, request: Request, **kwargs: object) -> Response:
        """What the marketplace was told of a product at its last visit; 404 where it was told nothing of it."""
        store, asked = self.get_object(), _query(OfferQuerySerializer(data=request.query_params))
        product = get_object_or_404(Product.objects.for_store(store).select_related("store"), sku=asked["sku"])
        pull = last_pulled(store)
        offer = None if pull is None else versions.offer_at_marketplace(product, pull)
        if offer is None:
            raise Http404
        return Response(OfferAtMarketplaceSerializer(offer).data)

    @extend_schema(parameters=[FileQuerySerializer], responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(detail=True, pagination_class=None)
    def file(self, request: Request, **kwargs: object) -> StreamingHttpResponse:
        """A kept version for an upload by hand: XML, or the marketplace's own spreadsheet where that can hold it."""
        store, asked = self.get_object(), _query(FileQuerySerializer(data=request.query_params))
        return answer_file(request, export_price_list(store, asked["version"], asked["form"]))

    @extend_schema(parameters=[ExportQuerySerializer], responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(detail=True, pagination_class=None)
    def export(self, request: Request, **kwargs: object) -> StreamingHttpResponse:
        """Products, prices, stock by point, or the history of price updates as CSV (UTF-8, semicolons) or Excel."""
        store, asked = self.get_object(), _query(ExportQuerySerializer(data=request.query_params))
        return answer_file(request, export_table(store, asked["table"], asked["form"]))

    def _page(self, rows: QuerySet[Any], serializer: type[ModelSerializer[Model]]) -> Response:
        return self.get_paginated_response(serializer(self.paginate_queryset(rows), many=True).data)


def _query(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
