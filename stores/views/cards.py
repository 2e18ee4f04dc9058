from http import HTTPStatus

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from stores.models import CardBatch, NewCard, Store
from stores.models.cards import counted
from stores.serializers.cards import (
    CardAttributeSerializer,
    CardBatchCreateSerializer,
    CardBatchSerializer,
    CardCategorySerializer,
    CardProblemsSerializer,
    LinkSerializer,
    NewCardCreateSerializer,
    NewCardEditSerializer,
    NewCardSerializer,
    ResolveSerializer,
)
from stores.services.cards import drafts, sending
from stores.services.cards.classification import attributes_of, category_for, find_categories
from stores.services.cards.following import link_card
from stores.views.wire import IF_MATCH, own_stores, read_version

LONGEST_SEARCH = 200
SEARCH = OpenApiParameter("search", str, description="Words of the title or the code, in any case.")
CATEGORY = OpenApiParameter("category", str, required=True, description="The code of a category.")


class ClassificationThrottle(UserRateThrottle):
    """What was never read is asked of the marketplace while the person waits."""

    scope = "classification"


class CardClassification(GenericViewSet[Store]):
    """Actions of a store's viewset."""

    @extend_schema(responses=CardCategorySerializer(many=True), parameters=[SEARCH])
    @action(
        detail=True,
        url_path="card-categories",
        pagination_class=None,
        filterset_fields=[],
        throttle_classes=[UserRateThrottle, ClassificationThrottle],
    )
    def card_categories(self, request: Request, **kwargs: object) -> Response:
        """The first 50 categories that take new cards and hold these words."""
        words = request.query_params.get("search", "")[:LONGEST_SEARCH]
        return Response(CardCategorySerializer(find_categories(self.get_object(), words), many=True).data)

    @extend_schema(responses=CardAttributeSerializer(many=True), parameters=[CATEGORY])
    @action(
        detail=True,
        url_path="card-attributes",
        pagination_class=None,
        filterset_fields=[],
        throttle_classes=[UserRateThrottle, ClassificationThrottle],
    )
    def card_attributes(self, request: Request, **kwargs: object) -> Response:
        """What a category asks of a card, with the values that the marketplace recommends."""
        category = category_for(self.get_object(), request.query_params.get("category", ""))
        return Response(CardAttributeSerializer(attributes_of(category), many=True).data)


class CardBatchFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)

    class Meta:
        model = CardBatch
        fields = ["store", "state"]


class CardBatchViewSet(ReadOnlyModelViewSet):
    """New cards that are sent together, once."""

    queryset = CardBatch.everything.none()
    serializer_class = CardBatchSerializer
    filterset_class = CardBatchFilter

    def get_queryset(self) -> QuerySet[CardBatch]:
        return counted(CardBatch.objects.for_user(self.request.user).select_related("store"))

    @extend_schema(request=CardBatchCreateSerializer, responses={HTTPStatus.CREATED: CardBatchSerializer})
    def create(self, request: Request) -> Response:
        """An empty draft."""
        wish = CardBatchCreateSerializer(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        batch = drafts.create_batch(wish.validated_data["store"], wish.validated_data["name"], request.user)
        return self._made(batch)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Throw a draft away."""
        drafts.delete_batch(self.get_object(), request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(responses=CardProblemsSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def check(self, request: Request, **kwargs: object) -> Response:
        """What is wrong with which card; an empty list: the batch may be sent."""
        found = drafts.check_batch(self.get_object())
        rows = [{"card": card, "problems": problems} for card, problems in found.items()]
        return Response(CardProblemsSerializer(rows, many=True).data)

    @extend_schema(request=None, responses=CardBatchSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, **kwargs: object) -> Response:
        """Have the batch sent. It leaves in the background; read it again to see what became of it."""
        sending.send_batch(self.get_object(), request.user)
        return self._told()

    @extend_schema(request=None, responses=CardBatchSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, **kwargs: object) -> Response:
        """Make a draft again of a batch that did not leave yet."""
        sending.take_back(self.get_object(), request.user)
        return self._told()

    @extend_schema(request=ResolveSerializer, responses=CardBatchSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, **kwargs: object) -> Response:
        """Say whether the marketplace has the batch that got no answer."""
        batch = self.get_object()
        seen = ResolveSerializer(data=request.data)
        seen.is_valid(raise_exception=True)
        sending.resolve(batch, request.user, was_taken=seen.validated_data["was_taken"])
        return self._told()

    @extend_schema(request=None, responses={HTTPStatus.CREATED: CardBatchSerializer})
    @action(detail=True, methods=["post"], url_path="copy-failed")
    def copy_failed(self, request: Request, **kwargs: object) -> Response:
        """A new draft with the cards that the marketplace did not take."""
        return self._made(drafts.copy_failed(self.get_object(), request.user))

    def _told(self) -> Response:
        return Response(CardBatchSerializer(self.get_object()).data)

    def _made(self, batch: CardBatch) -> Response:
        return Response(CardBatchSerializer(self.get_queryset().get(pk=batch.pk)).data, status=HTTPStatus.CREATED)


def own_card_batches(request: HttpRequest) -> QuerySet[CardBatch]:
    """What a filter by batch accepts: a stranger's id is answered like a missing one."""
    return CardBatch.objects.for_user(request.user)


class NewCardFilter(filters.FilterSet):
    store = filters.ModelChoiceFilter(queryset=own_stores)
    batch = filters.ModelChoiceFilter(queryset=own_card_batches)
    sku = filters.CharFilter()

    class Meta:
        model = NewCard
        fields = ["store", "batch", "state", "sku"]


class NewCardViewSet(ReadOnlyModelViewSet):
    """The cards of batches."""

    queryset = NewCard.everything.none()
    serializer_class = NewCardSerializer
    filterset_class = NewCardFilter

    def get_queryset(self) -> QuerySet[NewCard]:
        return NewCard.objects.for_user(self.request.user).select_related("batch__store", "store", "category")

    @extend_schema(request=NewCardCreateSerializer, responses={HTTPStatus.CREATED: NewCardSerializer})
    def create(self, request: Request) -> Response:
        """Put a card into a draft. It need not be whole yet."""
        wish = NewCardCreateSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        values = dict(wish.validated_data)
        batches = CardBatch.objects.for_user(request.user).select_related("store")
        batch = get_object_or_404(batches, pk=values.pop("batch"))
        card = drafts.add_card(batch, values, request.user)
        return Response(NewCardSerializer(card).data, status=HTTPStatus.CREATED)

    @extend_schema(request=NewCardEditSerializer, responses=NewCardSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Change a card of a draft. Needs `If-Match` with the version that was read."""
        card = self.get_object()
        version = read_version(request)
        edit = NewCardEditSerializer(data=request.data, partial=True)
        edit.is_valid(raise_exception=True)
        return Response(NewCardSerializer(drafts.change_card(card, version, edit.validated_data, request.user)).data)

    @extend_schema(responses={HTTPStatus.NO_CONTENT: None})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Take a card out of its draft."""
        drafts.delete_card(self.get_object(), request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(request=LinkSerializer, responses=NewCardSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, **kwargs: object) -> Response:
        """Say which page the marketplace has made of it; the product with its SKU gets that card."""
        card = self.get_object()
        wish = LinkSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        return Response(NewCardSerializer(link_card(card, wish.validated_data["card_id"], request.user)).data)
