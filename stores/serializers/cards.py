"""New cards on the wire."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import CardAttribute, CardBatch, CardCategory, NewCard
from stores.serializers.replay import OwnStoreField
from stores.serializers.wire import StrictSerializer
from stores.services.cards.checks import LONGEST, LONGEST_WEIGHT, MOST_IMAGES

# A little more than the marketplace takes: what is too long is told at its field by the check, with the rest.
ROOM = 4


class CardCategorySerializer(serializers.ModelSerializer):
    """A category that takes new cards."""

    class Meta:
        model = CardCategory
        fields = ["code", "title"]
        read_only_fields = fields


class CardAttributeSerializer(serializers.ModelSerializer):
    """What a category asks of a card. `values`: pairs of code and name; the code is what a card says."""

    name = serializers.CharField(read_only=True)
    values = serializers.ListField(child=serializers.ListField(child=serializers.CharField()), read_only=True)

    class Meta:
        model = CardAttribute
        fields = ["code", "name", "type", "mandatory", "multi_valued", "values"]
        read_only_fields = fields


class CardBatchSerializer(serializers.ModelSerializer):
    """
    New cards that are sent together, from the queryset `counted`. `counts`: how many are in each state. `refusal`: why
    the marketplace took none of it; `status` and `remark`: its words for how far it is.
    """

    counts = serializers.SerializerMethodField()

    class Meta:
        model = CardBatch
        fields = [
            *("id", "store", "name", "state", "refusal", "status", "remark", "counts"),
            *("sent_at", "judged_at", "created_at"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_counts(self, batch: CardBatch) -> dict[str, int]:
        counts = {state: getattr(batch, f"{state}_cards") for state in NewCard.State.values}
        return {state: count for state, count in counts.items() if count}


class CardBatchCreateSerializer(StrictSerializer):
    store = OwnStoreField()
    name = serializers.CharField(max_length=200)


class ResolveSerializer(StrictSerializer):
    """What a person has seen in the marketplace's cabinet: the batch without an answer is there, or it is not."""

    was_taken = serializers.BooleanField()


class ProblemSerializer(serializers.Serializer):
    """What is wrong with a field of a card: `field` is one of the card's, or `attributes.<code>`."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class CardProblemsSerializer(serializers.Serializer):
    card = serializers.IntegerField()
    problems = ProblemSerializer(many=True)


class NewCardSerializer(serializers.ModelSerializer):
    """
    A card: what was filled in, and what became of it. `remarks` are the marketplace's own words.

    `attributes`: code → true or false, a number, a text, or a list of texts.
    """

    category = serializers.CharField(source="category.code", read_only=True)

    class Meta:
        model = NewCard
        fields = [
            *("id", "batch", "sku", "title", "brand", "category", "description", "weight", "attributes", "images"),
            *("state", "remarks", "card_id", "product", "version"),
        ]
        read_only_fields = fields


class NewCardEditSerializer(StrictSerializer):
    """What may be filled in. A draft need not be whole: `check` tells what is missing."""

    sku = serializers.CharField(max_length=64)
    category = serializers.CharField(max_length=512)
    title = serializers.CharField(max_length=LONGEST["title"], allow_blank=True, required=False)
    brand = serializers.CharField(max_length=LONGEST["brand"], allow_blank=True, required=False)
    description = serializers.CharField(max_length=ROOM * LONGEST["description"], allow_blank=True, required=False)
    weight = serializers.CharField(max_length=LONGEST_WEIGHT, allow_blank=True, required=False)
    attributes = serializers.DictField(required=False)
    images = serializers.ListField(
        child=serializers.CharField(max_length=2_000), max_length=ROOM * MOST_IMAGES, required=False
    )

    def validate_attributes(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Bounds only: what fits a category is said by the check."""
        if len(attributes) > 300 or any(len(code) > 512 for code in attributes):
            raise serializers.ValidationError(_("At most 300 attributes with codes of 512 characters."))
        return attributes


class NewCardCreateSerializer(NewCardEditSerializer):
    batch = serializers.IntegerField(min_value=1, max_value=2**62)


class LinkSerializer(StrictSerializer):
    """The number of the page that the marketplace has made, or its address."""

    card_id = serializers.CharField(max_length=500)
