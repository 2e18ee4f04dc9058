from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import Store
from stores.serializers.store import StoreEditSerializer, StoreSerializer
from stores.services.store import change_store


class StoreViewSet(ReadOnlyModelViewSet):
    """The stores that the person is a member of."""

    queryset = Store.everything.none()
    serializer_class = StoreSerializer
    filterset_fields = ["mode"]

    def get_queryset(self) -> QuerySet[Store]:
        return Store.objects.for_user(self.request.user).prefetch_related("sales_points")

    @extend_schema(request=StoreEditSerializer, responses=StoreSerializer)
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Rename the store or switch its mode (owner)."""
        store = self.get_object()
        edit = StoreEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        change_store(store, edit.validated_data, request.user)
        return Response(StoreSerializer(self.get_object()).data)
