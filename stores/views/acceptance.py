from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from stores.models import Store
from stores.serializers.acceptance import (
    AcceptancePreviewSerializer,
    AcceptanceRulesEditSerializer,
    AcceptanceRulesSerializer,
)
from stores.services.orders.acceptance.preview import preview
from stores.services.orders.acceptance.rules import change_rules, rules_of, wished
from stores.views.wire import IF_MATCH, HeavyThrottle, read_version


class OrderAcceptance(GenericViewSet[Store]):
    """Actions of a store's viewset."""

    @extend_schema(methods=["GET"], responses=AcceptanceRulesSerializer)
    @extend_schema(
        methods=["PATCH"],
        request=AcceptanceRulesEditSerializer,
        responses=AcceptanceRulesSerializer,
        parameters=[IF_MATCH],
    )
    @action(
        detail=True, methods=["get", "patch"], url_path="acceptance-rules", pagination_class=None, filterset_fields=[]
    )
    def acceptance_rules(self, request: Request, **kwargs: object) -> Response:
        """
        Which new orders are accepted without a person; off until somebody switches it on. A change needs `If-Match`
        with the version that was read.
        """
        store = self.get_object()
        if request.method == "PATCH":
            rules = change_rules(store, read_version(request), self._edit(request), request.user)
            return Response(AcceptanceRulesSerializer(rules).data)
        return Response(AcceptanceRulesSerializer(rules_of(store.pk)).data)

    @extend_schema(request=AcceptanceRulesEditSerializer, responses=AcceptancePreviewSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="acceptance-preview",
        pagination_class=None,
        filterset_fields=[],
        throttle_classes=[HeavyThrottle],
    )
    def acceptance_preview(self, request: Request, **kwargs: object) -> Response:
        """Which orders of the last 30 days these rules would have accepted, and why not the others. Nothing changes."""
        store = self.get_object()
        told = preview(store, wished(store, self._edit(request)))
        return Response(AcceptancePreviewSerializer(told).data)

    def _edit(self, request: Request) -> dict[str, object]:
        edit = AcceptanceRulesEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        return dict(edit.validated_data)
