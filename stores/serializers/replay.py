from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import Replay
from stores.models.rules import STRATEGIES
from stores.serializers.wire import OwnStoreField, StrictSerializer, TengeField
from stores.services.prices.replay.sentences import sentences


class ReplaySerializer(serializers.ModelSerializer):
    """A replay and how far it has got: `done` of `total` portions of the record."""

    class Meta:
        model = Replay
        fields = [
            *("id", "store", "begins_at", "ends_at", "strategy", "plan", "step", "product_ids", "category_code"),
            *("state", "done", "total", "created_at", "finished_at"),
        ]
        read_only_fields = fields


class ReplayProfitSerializer(serializers.Serializer):
    """What one unit earns by the fees of today, in tenge; null: not known."""

    first = serializers.IntegerField(allow_null=True)
    average = serializers.IntegerField(allow_null=True)
    last = serializers.IntegerField(allow_null=True)


class ReplayFiguresSerializer(serializers.Serializer):
    """Prices in tenge, averages by time; `at_floor`, `first_place` and `top_three` are shares of the time, 0 to 1."""

    first = serializers.IntegerField(allow_null=True)
    last = serializers.IntegerField(allow_null=True)
    average = serializers.IntegerField(allow_null=True)
    changes = serializers.IntegerField()
    at_floor = serializers.FloatField(allow_null=True)
    place = serializers.FloatField(allow_null=True)
    first_place = serializers.FloatField(allow_null=True)
    top_three = serializers.FloatField(allow_null=True)
    profit = ReplayProfitSerializer()


class ReplayTotalsSerializer(ReplayFiguresSerializer):
    """Of all replayed prices: sums of changes, averages of the rest."""

    worst_half_hour = serializers.IntegerField(help_text="The most changes in any 30 minutes.")


class ReplayPriceFiguresSerializer(ReplayFiguresSerializer):
    lowest = serializers.IntegerField()
    highest = serializers.IntegerField()


class ReplayPriceSerializer(serializers.Serializer):
    """One price: as it would have gone, and as it went."""

    product = serializers.IntegerField()
    sku = serializers.CharField()
    city_id = serializers.CharField()
    would = ReplayPriceFiguresSerializer()
    was = ReplayPriceFiguresSerializer()
    missing = serializers.CharField(help_text="Empty, or the code of what is missing to know the profit.")


class ReplayBudgetSerializer(serializers.Serializer):
    """Changes that the marketplace takes in 30 minutes, and what rules may spend of them."""

    taken = serializers.IntegerField()
    for_rules = serializers.IntegerField()


class ReplayResultSerializer(serializers.Serializer):
    """`rows` are the most affected prices; the totals count all. `unknown` is what no replay can know, in codes."""

    prices = serializers.IntegerField()
    without_record = serializers.IntegerField(help_text="Prices on whose cards nothing was recorded: left out.")
    unfit_plans = serializers.IntegerField(
        help_text="Prices whose plan cannot be followed, or whose margin is not known: left out."
    )
    decisions = serializers.IntegerField()
    budget = ReplayBudgetSerializer()
    held = serializers.DictField(child=serializers.IntegerField(), help_text="Code of the gate → wishes held back.")
    unknown = serializers.ListField(child=serializers.CharField())
    would = ReplayTotalsSerializer()
    was = ReplayTotalsSerializer()
    missing = serializers.DictField(child=serializers.IntegerField())
    rows = ReplayPriceSerializer(many=True)


class ReplayDetailSerializer(ReplaySerializer):
    """A replay with its result, and what it cannot know in the language of the request."""

    result = ReplayResultSerializer(allow_null=True, read_only=True)
    remarks = serializers.SerializerMethodField()

    class Meta(ReplaySerializer.Meta):
        fields = [*ReplaySerializer.Meta.fields, "result", "remarks"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_remarks(self, replay: Replay) -> list[str]:
        return sentences(replay.result["unknown"]) if replay.result else []


class ReplayAskSerializer(StrictSerializer):
    """
    The period ends in the past and is at most 31 days long. Without `strategy` each product follows its own plan.
    """

    store = OwnStoreField()
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    strategy = serializers.ChoiceField(STRATEGIES, required=False)
    plan = serializers.DictField(required=False)
    step = TengeField(required=False, min_value=1, max_value=1_000_000)
    product_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), required=False, max_length=5_000
    )
    category_code = serializers.CharField(required=False, max_length=512)
