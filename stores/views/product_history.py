from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import CatalogueBatch, CatalogueChange
from stores.serializers.bulk import UndoneSerializer
from stores.serializers.catalogue import CatalogueBatchSerializer, CatalogueChangeSerializer
from stores.services.catalogue import undo_batch
from stores.views.wire import own_products, own_stores


def own_catalogue_batches(request: HttpRequest) -> QuerySet[CatalogueBatch]:
    """What a filter by batch accepts."""
    return CatalogueBatch.objects.for_user(request.user)


class ChangeFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)
    product = filters.ModelChoiceFilter(queryset=own_products)
    batch = filters.ModelChoiceFilter(queryset=own_catalogue_batches)

    class Meta:
        model = CatalogueChange
        fields = ["store", "product", "batch", "field", "sku"]


class CatalogueChangeViewSet(ReadOnlyModelViewSet):
    """Who changed what of the products, newest first: field by field, from and to."""

    queryset = CatalogueChange.everything.none()
    serializer_class = CatalogueChangeSerializer
    filterset_class = ChangeFilter

    def get_queryset(self) -> QuerySet[CatalogueChange]:
        return CatalogueChange.objects.for_user(self.request.user).select_related("batch__actor")


class BatchFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)

    class Meta:
        model = CatalogueBatch
        fields = ["store", "source"]


class CatalogueBatchViewSet(ReadOnlyModelViewSet):
    """Changes that were made together, newest first."""

    queryset = CatalogueBatch.everything.none()
    serializer_class = CatalogueBatchSerializer
    filterset_class = BatchFilter

    def get_queryset(self) -> QuerySet[CatalogueBatch]:
        return CatalogueBatch.objects.for_user(self.request.user).select_related("actor", "undone_by")

    @extend_schema(request=None, responses=UndoneSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, **kwargs: object) -> Response:
        """Put back what nobody has changed since, and say what stays. Twice changes nothing more."""
        return Response(UndoneSerializer(undo_batch(self.get_object(), request.user)).data)
