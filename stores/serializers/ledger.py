from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import OrderAccount, OrderAccountLine, OrderReturn, ReturnOutcome
from stores.serializers.wire import StrictSerializer
from stores.services.exports.ledger import LEDGER_TABLES
from stores.services.ledger.period import Period
from stores.services.ledger.quality_levels import Level
from stores.services.ledger.statistics import By

MISSING = (
    "Empty, or the code of what is not known to say the profit: purchase_cost, weight, category, tax_regime, zone, "
    "lines; a rate that nobody has entered for the day (commission, delivery, vat, turnover_tax, returned, bonus); "
    "overlapping_rates or bad_rate where the tables contradict themselves."
)
USUAL_DAYS = 30


class PeriodQuerySerializer(StrictSerializer):
    """Days of Almaty, both inside; without them the last 30 days. At most a year."""

    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)

    def period(self) -> Period:
        """Raises Refusal (`bad_period`)."""
        usual = Period.last(USUAL_DAYS)
        asked = self.validated_data
        return Period.between(asked.get("since", usual.since), asked.get("until", usual.until))


class StatisticsQuerySerializer(PeriodQuerySerializer):
    by = serializers.ChoiceField([str(by) for by in By], default=str(By.DAY))


class LedgerExportQuerySerializer(PeriodQuerySerializer):
    table = serializers.ChoiceField(list(LEDGER_TABLES))
    form = serializers.ChoiceField(["csv", "xlsx"], default="csv")


class OrderAccountLineSerializer(serializers.ModelSerializer):
    """Where the amount of a line goes, in whole tenge; null where it is not known."""

    class Meta:
        model = OrderAccountLine
        fields = [
            "sku",
            "product",
            "quantity",
            "amount",
            "purchase",
            "packaging",
            "commission",
            "tax",
            "bonus",
            "delivery",
            "returns_reserve",
            "profit",
            "missing",
        ]


class OrderAccountSerializer(serializers.ModelSerializer):
    """
    What an order earned, in whole tenge. `profit` counts with the delivery as charged where that is told;
    `expected_profit` with that of the tables, null where they do not say.
    """

    id = serializers.IntegerField(source="pk", read_only=True, help_text="The id of the order.")
    code = serializers.CharField(source="order.code", read_only=True)
    missing = serializers.CharField(help_text=MISSING, read_only=True)
    expected_profit = serializers.IntegerField(allow_null=True, read_only=True)

    class Meta:
        model = OrderAccount
        fields = [
            "id",
            "store",
            "code",
            "placed_at",
            "day",
            "city_id",
            "fate",
            "units",
            "amount",
            "delivery_expected",
            "delivery_charged",
            "expected_missing",
            "overcharge",
            "profit",
            "expected_profit",
            "missing",
        ]


class FullOrderAccountSerializer(OrderAccountSerializer):
    lines = OrderAccountLineSerializer(many=True)

    class Meta(OrderAccountSerializer.Meta):
        fields = [*OrderAccountSerializer.Meta.fields, "lines"]


class FiguresSerializer(serializers.Serializer):
    """Tenge and counts. Pieces and revenue are those of orders that were neither cancelled nor returned."""

    orders = serializers.IntegerField(help_text="By product: lines of orders.")
    pieces = serializers.IntegerField()
    revenue = serializers.IntegerField()
    known_profit = serializers.IntegerField(help_text="The sum of the profits that are known.")
    unknown = serializers.IntegerField(help_text="Of how many the profit is not known.")
    cancelled = serializers.IntegerField()
    returned = serializers.IntegerField()


class StatisticsRowSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="A day, a city's id (empty: not told) or a SKU.")
    name = serializers.CharField()
    figures = FiguresSerializer()


class StatisticsSerializer(serializers.Serializer):
    """Every day, every city, or the first 200 products by revenue."""

    rows = StatisticsRowSerializer(many=True)
    total = FiguresSerializer()
    left_out = serializers.IntegerField(help_text="Products that are not among the rows.")


class DifferencesOfChargesSerializer(serializers.Serializer):
    """Deliveries that were charged otherwise than the marketplace's table says; the first hundred, dearest first."""

    over = serializers.IntegerField(help_text="Orders that were charged more.")
    over_tenge = serializers.IntegerField()
    under = serializers.IntegerField(help_text="Orders that were charged less.")
    under_tenge = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Charged orders of which the tables say nothing.")
    accounts = OrderAccountSerializer(many=True)


class UnknownCostsSerializer(serializers.Serializer):
    """Of how many lines the products know a cost by now, and of how many orders the store its tax regime."""

    lines = serializers.IntegerField()
    orders = serializers.IntegerField()


class OrderReturnSerializer(serializers.ModelSerializer):
    """Goods that are to come back. Tenge; `at_stake` is what they cost, null where that is not known or not shown."""

    id = serializers.IntegerField(source="pk", read_only=True, help_text="The id of the order.")
    code = serializers.CharField(source="order.code", read_only=True)
    is_at_drop_off = serializers.BooleanField(
        source="order.is_back_at_warehouse",
        read_only=True,
        help_text="The marketplace says that they lie at the drop-off place. It is not always right.",
    )
    days = serializers.SerializerMethodField(help_text="How long they are awaited.")
    at_stake = serializers.SerializerMethodField()
    outcome = serializers.CharField(
        source="order.return_outcome.outcome", default=None, read_only=True, help_text="Null: nobody has said."
    )

    class Meta:
        model = OrderReturn
        fields = ["id", "store", "code", "fate", "since", "days", "amount", "at_stake", "is_at_drop_off", "outcome"]

    def get_days(self, row: OrderReturn) -> int:
        return (timezone.now() - row.since).days

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_at_stake(self, row: OrderReturn) -> Any:
        return row.at_stake if row.store_id in self.context["stores_with_costs"] else None


class CloseReturnSerializer(StrictSerializer):
    outcome = serializers.ChoiceField(ReturnOutcome.Outcome.choices)


class ReturnOutcomeSerializer(serializers.ModelSerializer):
    order = serializers.IntegerField(source="pk", read_only=True)
    said_by = serializers.CharField(source="said_by.full_name", default=None, read_only=True)

    class Meta:
        model = ReturnOutcome
        fields = ["order", "outcome", "said_by", "said_at"]


class BudgetSerializer(serializers.Serializer):
    """An indicator of the shop's quality, its limit today, and how much of it is left."""

    indicator = serializers.CharField(help_text="cancels, late_handovers, returns: shares of orders; rating: 0 to 5.")
    value = serializers.DecimalField(6, 4, source="measure.value", allow_null=True, help_text="Null: not known.")
    bad = serializers.IntegerField(source="measure.bad", help_text="So many orders …")
    of = serializers.IntegerField(source="measure.of", help_text="… of so many.")
    limit = serializers.DecimalField(
        5, 4, source="limit.limit", default=None, help_text="Shares stay under it, the rating at least at it."
    )
    days = serializers.IntegerField(source="limit.days", default=None)
    read_in = serializers.CharField(source="limit.source", default=None, help_text="Where the limit was read.")
    level = serializers.ChoiceField(Level.choices)
    left = serializers.IntegerField(allow_null=True, help_text="Orders that may still turn bad before the limit.")
