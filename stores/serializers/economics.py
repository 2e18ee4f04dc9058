from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.services.prices.economics import PriceEconomics
from stores.services.prices.profit import lines_of

MISSING = (
    "Empty, or the code of what is missing to know it: purchase_cost, weight, category, tax_regime; a rate that nobody "
    "has entered for the day (commission, delivery, vat, turnover_tax, returned, bonus); overlapping_rates or bad_rate "
    "where the tables contradict themselves; out_of_reach where no price earns the wanted margin."
)


class CostLinesSerializer(serializers.Serializer):
    """Where a price goes, each line in whole tenge; rounding may leave a tenge or two between them."""

    price = serializers.IntegerField()
    purchase = serializers.IntegerField()
    packaging = serializers.IntegerField()
    commission = serializers.IntegerField()
    delivery = serializers.IntegerField(help_text="VAT included.")
    tax = serializers.IntegerField()
    bonus = serializers.IntegerField()
    returns_reserve = serializers.IntegerField()
    profit = serializers.IntegerField()


class BandBreakEvenSerializer(serializers.Serializer):
    """Prices with one delivery fee, and the lowest of them that loses nothing; null where all of them lose."""

    start = serializers.IntegerField()
    end = serializers.IntegerField(allow_null=True)
    delivery = serializers.IntegerField()
    price = serializers.IntegerField(allow_null=True)


class DeadZoneSerializer(serializers.Serializer):
    """Prices from `start` to `end` that earn no more than the lower `better_price`."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    better_price = serializers.IntegerField()
    better_profit = serializers.IntegerField()
    start_profit = serializers.IntegerField()
    end_profit = serializers.IntegerField()


class PriceEconomicsSerializer(serializers.Serializer):
    """What a price earns, in an order of its own within the city, by the fees of today."""

    sku = serializers.CharField()
    price = serializers.IntegerField()
    missing = serializers.CharField(help_text=MISSING)
    lines = serializers.SerializerMethodField()
    codes = serializers.SerializerMethodField(help_text="The (rate, row) pairs of the fee tables that were used.")
    margin = serializers.DecimalField(8, 4, allow_null=True, help_text="The profit as a share of the price.")
    margin_floor = serializers.IntegerField(allow_null=True)
    break_even = BandBreakEvenSerializer(many=True)
    dead_zones = DeadZoneSerializer(many=True)

    @extend_schema_field(CostLinesSerializer(allow_null=True))
    def get_lines(self, told: PriceEconomics) -> dict[str, int] | None:
        return None if told.sheet is None else lines_of(told.sheet)

    @extend_schema_field(serializers.ListField(child=serializers.ListField(child=serializers.CharField())))
    def get_codes(self, told: PriceEconomics) -> list[list[Any]]:
        return [] if told.sheet is None else [[str(rate), code] for rate, code in told.sheet.codes]
