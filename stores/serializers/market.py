from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import CardMarket, Competitor, CompetitorProduct, CompetitorStore
from stores.serializers.wire import StrictSerializer


class MerchantSerializer(serializers.ModelSerializer):
    class Meta:
        model = CompetitorStore
        fields = ["merchant_id", "name", "rating", "reviews", "first_seen_at"]
        read_only_fields = fields


class MarketSerializer(serializers.ModelSerializer):
    """A card in a city: prices in whole tenge, times in UTC. `failures` counts looks in a row that brought nothing."""

    last_error = serializers.SerializerMethodField(help_text="What the last of them met, in one word.")
    leader = MerchantSerializer(read_only=True, allow_null=True)

    class Meta:
        model = CardMarket
        fields = [
            *("id", "card_id", "city_id", "lowest", "median", "offer_count", "leader"),
            *("looked_at", "next_look_at", "changes_seen", "failures", "last_error"),
        ]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_last_error(self, market: CardMarket) -> str:
        # The words behind it are the service desk's: they may name our hosts.
        return market.last_error.partition(":")[0]


class OfferSerializer(serializers.ModelSerializer):
    """An offer as it stood at the last look. `is_ours`: of one of the person's own stores."""

    merchant = MerchantSerializer(source="competitor_store", read_only=True)
    is_ours = serializers.SerializerMethodField()

    class Meta:
        model = CompetitorProduct
        fields = [
            *("place", "price", "merchant", "is_ours", "preorder_days", "delivers_at", "delivery_duration"),
            "changed_at",
        ]
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_is_ours(self, offer: CompetitorProduct) -> bool:
        return offer.competitor_store.merchant_id in self.context["own_merchants"]


class HistoryPeriodSerializer(StrictSerializer):
    """From `since` (by default a week ago) to `until` (by default now), in at most `points` steps."""

    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    points = serializers.IntegerField(min_value=1, max_value=1000, default=200)


class BucketSerializer(serializers.Serializer):
    at = serializers.DateTimeField(help_text="The start of the step.")
    open = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    close = serializers.IntegerField(allow_null=True, help_text="Null: the offer was gone at the end of the step.")


class LineSerializer(serializers.Serializer):
    merchant_id = serializers.CharField()
    name = serializers.CharField()
    buckets = BucketSerializer(many=True, help_text="Steps without a change are left out: the last close goes on.")


class HistorySerializer(serializers.Serializer):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    step_seconds = serializers.SerializerMethodField()
    lines = LineSerializer(many=True)
    left_out = serializers.IntegerField(help_text="Merchants beyond the thirty liveliest.")

    @extend_schema_field(float)
    def get_step_seconds(self, history: Any) -> float:
        return float(history.step.total_seconds())


class BehaviourSerializer(serializers.Serializer):
    """What the last two weeks say; empty until they have been read."""

    moves = serializers.IntegerField(required=False)
    step = serializers.IntegerField(required=False, allow_null=True, help_text="Tenge under the cheapest other.")
    reaction_seconds = serializers.IntegerField(required=False, allow_null=True)
    lowest = serializers.IntegerField(required=False, allow_null=True, help_text="The lowest price met, tenge.")
    hours = serializers.ListField(child=serializers.IntegerField(), required=False, help_text="Moves by local hour.")
    first_share = serializers.FloatField(required=False, allow_null=True, help_text="Share of the time cheapest, 0-1.")
    cities = serializers.ListField(child=serializers.CharField(), required=False)


class RivalSerializer(serializers.ModelSerializer):
    """A merchant on a store's cards: what he is to it, and how he behaves."""

    merchant = MerchantSerializer(source="competitor_store", read_only=True)
    behaviour = BehaviourSerializer(read_only=True)

    class Meta:
        model = Competitor
        fields = ["id", "store", "merchant", "stance", "notes", "contact", "is_bot", "behaviour"]
        read_only_fields = fields


class RivalEditSerializer(StrictSerializer):
    """What a person may say of a merchant. Own, partner and ignored merchants never lead a price."""

    stance = serializers.ChoiceField(Competitor.Stance.choices, required=False)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    contact = serializers.CharField(required=False, allow_blank=True, max_length=300)


class ChangeBudgetSerializer(serializers.Serializer):
    """
    Changes of a store's prices in the last half hour: those spent by everybody, those that rules may make of the ones
    the marketplace takes, and the prices that wait. `next_place_at`: when a rule may make the next, null while it may.
    """

    spent = serializers.IntegerField()
    for_rules = serializers.IntegerField()
    taken = serializers.IntegerField()
    waiting = serializers.IntegerField()
    next_place_at = serializers.DateTimeField(allow_null=True)


class CoverageSerializer(serializers.Serializer):
    """
    Ages of our picture of a store's markets, in seconds; null while nothing was looked at. `expected_pull_at`: when the
    marketplace is expected to fetch the price list, null where it comes without a rhythm.
    """

    markets = serializers.IntegerField()
    never_looked = serializers.IntegerField()
    failing = serializers.IntegerField()
    p50 = serializers.IntegerField(allow_null=True)
    p95 = serializers.IntegerField(allow_null=True)
    oldest = serializers.IntegerField(allow_null=True)
    expected_pull_at = serializers.DateTimeField(allow_null=True)
    budget = serializers.FloatField(help_text="Looks a second that are planned, for all stores together.")
    change_budget = ChangeBudgetSerializer()
