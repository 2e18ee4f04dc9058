"""What orders earned, goods that come back, statistics and the shop's quality, over the API."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from stores.models import OrderAccount, OrderReturn, Store
from stores.models.roles import Action
from stores.serializers.ledger import (
    BudgetSerializer,
    CloseReturnSerializer,
    DifferencesOfChargesSerializer,
    FullOrderAccountSerializer,
    LedgerExportQuerySerializer,
    OrderAccountSerializer,
    OrderReturnSerializer,
    PeriodQuerySerializer,
    ReturnOutcomeSerializer,
    StatisticsQuerySerializer,
    StatisticsSerializer,
    UnknownCostsSerializer,
)
from stores.services.exports.files import export_ledger
from stores.services.ledger.charges import differences
from stores.services.ledger.costs import fill_unknown_costs, unknown_costs
from stores.services.ledger.quality import budgets_of
from stores.services.ledger.returns import close_return
from stores.services.ledger.statistics import By, statistics
from stores.views.files import answer_file
from stores.views.orders import stores_with_orders
from stores.views.wire import HeavyThrottle, KeysetPagination, own_stores

ONE: dict[str, Any] = {"detail": True, "pagination_class": None, "filterset_fields": []}


class FilesThrottle(UserRateThrottle):
    """Files are dear: they are counted by themselves."""

    scope = "files"


class OrderAccountFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)
    since = filters.DateFilter(field_name="day", lookup_expr="gte")
    until = filters.DateFilter(field_name="day", lookup_expr="lte")
    is_known = filters.BooleanFilter(field_name="profit", lookup_expr="isnull", exclude=True)
    is_loss = filters.BooleanFilter(method="filter_loss")

    class Meta:
        model = OrderAccount
        fields = ["store", "fate", "missing"]

    def filter_loss(self, rows: QuerySet[OrderAccount], name: str, value: bool) -> QuerySet[OrderAccount]:  # noqa: FBT001 -- as filters call it
        """Those that cost money, or those that did not."""
        return rows.filter(profit__lt=0) if value else rows.filter(profit__gte=0)


class OrderAccountPagination(KeysetPagination):
    ordering = ("-placed_at", "-pk")


class OrderAccountViewSet(ReadOnlyModelViewSet):
    """What orders earned, newest first; the id is the order's."""

    queryset = OrderAccount.everything.none()
    serializer_class = OrderAccountSerializer
    filterset_class = OrderAccountFilter
    pagination_class = OrderAccountPagination

    def get_queryset(self) -> QuerySet[OrderAccount]:
        accounts = OrderAccount.objects.for_user(self.request.user).select_related("order").defer("order__raw")
        return accounts if self.action == "list" else accounts.prefetch_related("lines")

    @extend_schema(responses=FullOrderAccountSerializer)
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One order, line by line."""
        return Response(FullOrderAccountSerializer(self.get_object()).data)


class OrderReturnFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=stores_with_orders)
    is_closed = filters.BooleanFilter(field_name="order__return_outcome", lookup_expr="isnull", exclude=True)

    class Meta:
        model = OrderReturn
        fields = ["store", "fate"]


class OrderReturnPagination(KeysetPagination):
    ordering = ("since", "pk")


class OrderReturnViewSet(ReadOnlyModelViewSet):
    """Goods that are to come back, or did on paper only; those awaited longest first. The id is the order's."""

    queryset = OrderReturn.everything.none()
    serializer_class = OrderReturnSerializer
    filterset_class = OrderReturnFilter
    pagination_class = OrderReturnPagination

    def get_queryset(self) -> QuerySet[OrderReturn]:
        rows = OrderReturn.objects.for_user(self.request.user)
        return rows.select_related("store", "order__store", "order__return_outcome").defer("order__raw")

    def get_serializer_context(self) -> dict[str, Any]:
        """What goods cost is told to those who see prices."""
        stores = Store.objects.for_user(self.request.user, Action.SEE_PRICES)
        return {**super().get_serializer_context(), "stores_with_costs": set(stores.values_list("pk", flat=True))}

    @extend_schema(request=CloseReturnSerializer, responses=ReturnOutcomeSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, **kwargs: object) -> Response:
        """Say what came of the goods: once, and for good."""
        row = self.get_object()
        said = CloseReturnSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        closed = close_return(row.order, said.validated_data["outcome"], request.user)
        return Response(ReturnOutcomeSerializer(closed).data)


class StoreLedger(GenericViewSet[Store]):
    """Actions of a store's viewset."""

    @extend_schema(parameters=[StatisticsQuerySerializer], responses=StatisticsSerializer)
    @action(**ONE)
    def statistics(self, request: Request, **kwargs: object) -> Response:
        """What the store's orders brought, by day, city or product."""
        store, asked = self.get_object(), _asked(StatisticsQuerySerializer(data=request.query_params))
        told = statistics(store, asked.period(), By(asked.validated_data["by"]))
        return Response(StatisticsSerializer(told).data)

    @extend_schema(parameters=[PeriodQuerySerializer], responses=DifferencesOfChargesSerializer)
    @action(**ONE, url_path="delivery-differences")
    def delivery_differences(self, request: Request, **kwargs: object) -> Response:
        """Where the marketplace charged for a delivery what its own table does not say."""
        store, asked = self.get_object(), _asked(PeriodQuerySerializer(data=request.query_params))
        return Response(DifferencesOfChargesSerializer(differences(store, asked.period())).data)

    @extend_schema(responses=BudgetSerializer(many=True))
    @action(**ONE)
    def quality(self, request: Request, **kwargs: object) -> Response:
        """How near the shop is to what the marketplace lowers it for."""
        return Response(BudgetSerializer(budgets_of(self.get_object()), many=True).data)

    @extend_schema(responses=UnknownCostsSerializer)
    @action(**ONE, url_path="unknown-costs")
    def unknown_costs(self, request: Request, **kwargs: object) -> Response:
        """What was not known when orders came, and is by now."""
        return Response(UnknownCostsSerializer(unknown_costs(self.get_object())).data)

    @extend_schema(request=None, responses=UnknownCostsSerializer)
    @action(**ONE, methods=["post"], url_path="unknown-costs/fill", throttle_classes=[HeavyThrottle])
    def fill_unknown_costs(self, request: Request, **kwargs: object) -> Response:
        """Take it from the products as they are now; what is known stays. The answer says how much was filled in."""
        filled = fill_unknown_costs(self.get_object(), request.user)
        return Response(UnknownCostsSerializer(filled).data)

    @extend_schema(parameters=[LedgerExportQuerySerializer], responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(**ONE, url_path="ledger-export", throttle_classes=[FilesThrottle])
    def ledger_export(self, request: Request, **kwargs: object) -> StreamingHttpResponse:
        """Profits, statistics and returns of a period as CSV (UTF-8, semicolons) or Excel; no buyer is in them."""
        store, asked = self.get_object(), _asked(LedgerExportQuerySerializer(data=request.query_params))
        wanted = asked.validated_data
        return answer_file(request, export_ledger(store, wanted["table"], asked.period(), wanted["form"]))


def _asked(query: Any) -> Any:
    query.is_valid(raise_exception=True)
    return query
