from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import Store
from stores.models.roles import Action
from stores.serializers.bulk import AppliedSerializer, BulkApplySerializer, BulkAskSerializer, PreviewSerializer
from stores.serializers.market import CoverageSerializer
from stores.serializers.prices import RestorationSerializer, RestoreSerializer
from stores.serializers.store import StoreEditSerializer, StoreSerializer
from stores.services.catalogue.bulk import apply_bulk, preview_bulk
from stores.services.market.coverage import coverage
from stores.services.prices.restore import preview, restore
from stores.services.prices.switches import notice_of_stop
from stores.services.store import change_store
from stores.views.acceptance import OrderAcceptance
from stores.views.cards import CardClassification
from stores.views.ledger import StoreLedger
from stores.views.merchant import MerchantConnection
from stores.views.orders import OrderProgress
from stores.views.stock import StoreStock
from stores.views.wire import HeavyThrottle

BULK: dict[str, Any] = {"pagination_class": None, "filterset_fields": [], "throttle_classes": [HeavyThrottle]}

# What a role must allow to find the store for an action; for all others that is to see its prices.
SEEN_WITH = {
    **dict.fromkeys(("list", "retrieve", "partial_update", "metadata", None), Action.SEE_STORE),
    "orders_progress": Action.SEE_ORDERS,
    "ledger_export": Action.EXPORT,
}


class StoreViewSet(
    CardClassification,
    MerchantConnection,
    OrderAcceptance,
    OrderProgress,
    StoreLedger,
    StoreStock,
    ReadOnlyModelViewSet,
):
    """The stores that the person is a member of."""

    queryset = Store.everything.none()
    serializer_class = StoreSerializer
    filterset_fields = ["mode"]

    def get_queryset(self) -> QuerySet[Store]:
        stores = Store.objects.for_user(self.request.user, SEEN_WITH.get(self.action, Action.SEE_PRICES))
        return stores.prefetch_related("sales_points")

    @extend_schema(request=StoreEditSerializer, responses=StoreSerializer)
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Rename the store or switch its mode (owner)."""
        store = self.get_object()
        edit = StoreEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        change_store(store, edit.validated_data, request.user)
        return Response(StoreSerializer(self.get_object()).data)

    @extend_schema(responses=CoverageSerializer)
    @action(detail=True, pagination_class=None, filterset_fields=[])
    def coverage(self, request: Request, **kwargs: object) -> Response:
        """How old our picture of the store's markets is, and how many changes of its prices may follow from it."""
        return Response(CoverageSerializer(coverage(self.get_object())).data)

    @extend_schema(request=BulkAskSerializer, responses=PreviewSerializer)
    @action(detail=True, methods=["post"], url_path="bulk-change", **BULK)
    def bulk_change(self, request: Request, **kwargs: object) -> Response:
        """What one change of many products would do. Nothing changes; `token` applies exactly this."""
        store = self.get_object()
        asked = BulkAskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        shown = preview_bulk(store, values["where"], values["change"], asked.terms, request.user)
        return Response(PreviewSerializer(shown).data)

    @extend_schema(request=BulkApplySerializer, responses=AppliedSerializer)
    @action(detail=True, methods=["post"], url_path="bulk-change/apply", **BULK)
    def bulk_change_apply(self, request: Request, **kwargs: object) -> Response:
        """Do what was shown; refused where it would not be the same any more."""
        store = self.get_object()
        wanted = BulkApplySerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        applied = apply_bulk(store, wanted.validated_data["token"], request.user)
        return Response(AppliedSerializer(applied).data)

    @extend_schema(request=RestoreSerializer, responses=RestorationSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="restore-prices", pagination_class=None, filterset_fields=[])
    def restore_prices(self, request: Request, **kwargs: object) -> Response:
        """
        Put the store's prices back, and keep its rules off them: the store only watches afterwards, also one that was
        paused, or the rule that is taken back is switched off. With `preview` nothing changes; the answer is the same:
        each price that was another, and why it stays, if so, or why it does not leave yet.
        """
        store = self.get_object()
        wanted = RestoreSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        is_preview, target = wanted.validated_data["preview"], wanted.target()
        restorations = preview(store, target) if is_preview else restore(store, target, request.user)
        return Response(RestorationSerializer(restorations, many=True, context={"notice": notice_of_stop()}).data)
