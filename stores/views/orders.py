from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from stores.models import Order, OrderAction, Store
from stores.models.roles import Action
from stores.serializers.orders import (
    FullOrderSerializer,
    OrderActionSerializer,
    OrderProgressSerializer,
    OrderSerializer,
    PlanManySerializer,
    PlannedSerializer,
    PlanSerializer,
    WaybillsSerializer,
)
from stores.services import access
from stores.services.orders.actions import plan
from stores.services.orders.bulk import plan_many
from stores.services.orders.buyers import shows_buyer
from stores.services.orders.finding import FIRST_SORTING, SORTINGS
from stores.services.orders.readings import progress_of
from stores.services.orders.waybills import Layout, print_waybills
from stores.views.merchant import AskingThrottle
from stores.views.wire import SortedPagination


def stores_with_orders(request: Request) -> QuerySet[Store]:
    """The stores whose orders the person may see."""
    return Store.objects.for_user(request.user, Action.SEE_ORDERS)


class OrderFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=stores_with_orders)
    placed_from = filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gte")
    placed_until = filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lt")

    class Meta:
        model = Order
        fields = ["store", "code", "state", "status", "duty", "is_kaspi_delivery", "is_express", "is_preorder"]


class OrderViewSet(ReadOnlyModelViewSet):
    """Orders as the marketplace has them, newest first; sorted by `deadline`, what ends first comes first."""

    queryset = Order.everything.none()
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    pagination_class = SortedPagination
    sortings = SORTINGS
    first_sorting = FIRST_SORTING

    def get_queryset(self) -> QuerySet[Order]:
        orders = Order.objects.for_user(self.request.user).select_related("store", "client", "sales_point")
        if self.action == "list":
            # Large, and not shown in lists.
            orders = orders.defer("raw")
        if self.action == "retrieve":
            orders = orders.select_related("acceptance")
        return orders.prefetch_related("items", Prefetch("actions", OrderAction.everything.select_related("actor")))

    @extend_schema(responses=FullOrderSerializer)
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One order with its buyer, what may be done to it, and what was."""
        order = self.get_object()
        is_shown = shows_buyer(order, access.allowed(request.user, order.store))
        return Response(FullOrderSerializer(order, context={"shows_buyer": is_shown}).data)

    @extend_schema(request=PlanSerializer, responses=OrderActionSerializer)
    @action(detail=True, methods=["post"], url_path="actions")
    def plan(self, request: Request, **kwargs: object) -> Response:
        """Plan an action. It is sent within seconds; its state tells what came of it."""
        order = self.get_object()
        wanted = PlanSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        planned = plan(order, wanted.validated_data["kind"], wanted.validated_data["arguments"], request.user)
        return Response(OrderActionSerializer(planned).data)

    @extend_schema(
        operation_id="orders_actions_create_many", request=PlanManySerializer, responses=PlannedSerializer(many=True)
    )
    @action(detail=False, methods=["post"], url_path="actions", pagination_class=None, filterset_class=None)
    def plan_many(self, request: Request, **kwargs: object) -> Response:
        """Plan the same action for up to a hundred orders; the answer says of each what came of it."""
        wanted = PlanManySerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        orders = self._named(wanted.validated_data["orders"])
        values = wanted.validated_data
        planned = plan_many(orders, values["kind"], values["arguments"], request.user)
        return Response(PlannedSerializer(planned, many=True).data)

    @extend_schema(request=WaybillsSerializer, responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(
        detail=False,
        methods=["post"],
        pagination_class=None,
        filterset_class=None,
        throttle_classes=[AskingThrottle],
    )
    def waybills(self, request: Request, **kwargs: object) -> HttpResponse:
        """The labels of up to a hundred orders of one store as one PDF, for printing."""
        wanted = WaybillsSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        orders = self._named(wanted.validated_data["orders"])
        if len({order.store_id for order in orders}) > 1:
            raise Http404
        file = print_waybills(orders[0].store, orders, Layout(wanted.validated_data["layout"]), request.user)
        return HttpResponse(file, content_type="application/pdf")

    def _named(self, ids: list[int]) -> list[Order]:
        """These orders, in this order. One that is not the person's own is not there."""
        found = Order.objects.for_user(self.request.user).select_related("store").in_bulk(ids)
        if len(found) != len(ids):
            raise Http404
        return [found[pk] for pk in ids]


class OrderProgress(GenericViewSet[Store]):
    """Actions of a store's viewset."""

    @extend_schema(responses=OrderProgressSerializer)
    @action(detail=True, url_path="orders-progress", pagination_class=None, filterset_fields=[])
    def orders_progress(self, request: Request, **kwargs: object) -> Response:
        """How far the store's orders are read for the first time, and when new ones were last looked for."""
        return Response(OrderProgressSerializer(progress_of(self.get_object())).data)
