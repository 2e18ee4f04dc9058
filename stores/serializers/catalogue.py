from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import Availability, CityPrice, Product
from stores.serializers.wire import StrictSerializer, TengeField
from stores.services.prices.plans import Rules, policy_of


class PolicySerializer(serializers.Serializer):
    """What decides a price now. `rule` is null where the strategy is the product's or the city's own."""

    strategy = serializers.CharField(
        help_text="`by_rule` where no rule is switched on for it: nothing moves the price."
    )
    plan = serializers.DictField()
    step = serializers.IntegerField()
    rule = serializers.IntegerField(source="rule_id", allow_null=True)
    rule_name = serializers.CharField(source="rule.name", default="")


class CityPriceSerializer(serializers.ModelSerializer):
    """
    A product's price in one city, and how it stands there. Prices in whole tenge. `strategy`, `plan` and `step` are the
    city's own, empty where it follows the product; `policy` is what decides the price in the end.
    """

    policy = serializers.SerializerMethodField()

    class Meta:
        model = CityPrice
        fields = [
            *("city_id", "price", "floor", "ceiling", "lowest_rival", "place"),
            *("strategy", "plan", "step", "policy"),
        ]
        read_only_fields = fields

    @extend_schema_field(PolicySerializer)
    def get_policy(self, row: CityPrice) -> dict[str, Any]:
        policy = policy_of(row, Rules(row.product.store.pricing_rules.all()))
        return dict(PolicySerializer(policy).data)


class AvailabilitySerializer(serializers.ModelSerializer):
    point = serializers.CharField(source="sales_point.code", read_only=True)

    class Meta:
        model = Availability
        fields = ["point", "is_available", "stock_count", "preorder_days"]
        read_only_fields = fields


class ProductSerializer(serializers.ModelSerializer):
    cities = CityPriceSerializer(source="city_prices", many=True, read_only=True)
    availability = AvailabilitySerializer(source="availabilities", many=True, read_only=True)

    class Meta:
        model = Product
        fields = [
            *("id", "store", "sku", "card_id", "model", "brand", "category_code", "weight_g"),
            *("purchase_cost", "packaging_cost", "strategy", "plan", "step", "is_paused", "version"),
            *("cities", "availability", "updated_at"),
        ]
        read_only_fields = fields


class ProductEditSerializer(StrictSerializer):
    """
    What a person may change of a product. `city_id` narrows all but `is_paused` to one city, where an empty `strategy`
    means "as the product"; `move_prices` lets prices that the new limits leave outside go to the nearest limit.
    """

    floor = TengeField(required=False, allow_null=True)
    ceiling = TengeField(required=False, allow_null=True)
    price = TengeField(required=False)
    step = TengeField(required=False, min_value=1, max_value=1_000_000)
    strategy = serializers.ChoiceField(Product.Strategy.choices, required=False, allow_blank=True)
    plan = serializers.DictField(required=False)
    is_paused = serializers.BooleanField(required=False)
    city_id = serializers.CharField(required=False, max_length=9)
    move_prices = serializers.BooleanField(required=False, default=False)
