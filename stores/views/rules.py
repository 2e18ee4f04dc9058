from http import HTTPStatus

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from stores.models import PricingRule, Store
from stores.serializers.rules import RuleCreateSerializer, RuleEditSerializer, RuleSerializer
from stores.services.prices.rules import change_rule, create_rule, delete_rule
from stores.views.wire import IF_MATCH, own_stores, read_version


class RuleFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)

    class Meta:
        model = PricingRule
        fields = ["store", "category_code", "is_on"]


class RuleViewSet(ReadOnlyModelViewSet):
    """How the products of a category, or of the whole store, are priced whose strategy is `by_rule`."""

    queryset = PricingRule.everything.none()
    serializer_class = RuleSerializer
    filterset_class = RuleFilter

    def get_queryset(self) -> QuerySet[PricingRule]:
        return PricingRule.objects.for_user(self.request.user)

    @extend_schema(request=RuleCreateSerializer, responses={HTTPStatus.CREATED: RuleSerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """A new rule. It is off, and moves nothing until it is switched on."""
        wanted = RuleCreateSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        store = get_object_or_404(Store.objects.for_user(request.user), pk=values.pop("store"))
        rule = create_rule(store, values, request.user)
        return Response(RuleSerializer(rule).data, status=HTTPStatus.CREATED)

    @extend_schema(request=RuleEditSerializer, responses=RuleSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Change a rule, switch it on or off. Needs `If-Match` with the version that was read."""
        rule = self.get_object()
        version = read_version(request)
        edit = RuleEditSerializer(data=request.data, partial=True)
        edit.is_valid(raise_exception=True)
        return Response(RuleSerializer(change_rule(rule, version, edit.validated_data, request.user)).data)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Take away a rule that is switched off. What it did keeps its name."""
        delete_rule(self.get_object(), request.user)
        return Response(status=HTTPStatus.NO_CONTENT)
