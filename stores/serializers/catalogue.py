from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import Availability, CatalogueBatch, CatalogueChange, CityPrice, Product
from stores.models.fields import MAX_SUM
from stores.serializers.economics import MISSING
from stores.serializers.wire import ShareField, StrictSerializer, TengeField
from stores.services.catalogue import EMPTY, CityChange, PointChange
from stores.services.catalogue.checks import HEAVIEST_G, MOST_STOCK
from stores.services.prices.explain import hold_of, why_held
from stores.services.prices.margins import earnings_of
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


class HoldSerializer(serializers.Serializer):
    """Why the rules leave a price alone: a stable code, and the sentence in the language of the request."""

    code = serializers.CharField()
    sentence = serializers.CharField()


class CityPriceSerializer(serializers.ModelSerializer):
    """
    A product's price in one city, how it stands there, and what it earns by the fees of today. Whole tenge.

    `strategy`, `plan` and `step` are the city's own, empty where it follows the product; `policy` is what decides the
    price in the end. `margin_floor`: the lowest price that earns the wanted margin. `break_even`: the lowest that loses
    nothing. `margin`: the profit as a share of the price. `hold`: why the rules leave the price alone.
    """

    policy = serializers.SerializerMethodField()
    margin_floor = serializers.SerializerMethodField()
    break_even = serializers.SerializerMethodField()
    profit = serializers.SerializerMethodField(help_text="In an order within the city.")
    profit_elsewhere = serializers.SerializerMethodField(help_text="In an order that is sent to another city.")
    margin = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField(help_text=MISSING)
    hold = serializers.SerializerMethodField()

    class Meta:
        model = CityPrice
        fields = [
            *("city_id", "price", "floor", "ceiling", "lowest_rival", "place"),
            *("strategy", "plan", "step", "policy"),
            *("margin_floor", "break_even", "profit", "profit_elsewhere", "margin", "missing", "hold"),
        ]
        read_only_fields = fields

    @extend_schema_field(PolicySerializer)
    def get_policy(self, row: CityPrice) -> dict[str, Any]:
        policy = policy_of(row, Rules(row.product.store.pricing_rules.all()))
        return dict(PolicySerializer(policy).data)

    def get_margin_floor(self, row: CityPrice) -> int | None:
        return earnings_of(row).margin_floor

    def get_break_even(self, row: CityPrice) -> int | None:
        return earnings_of(row).break_even

    def get_profit(self, row: CityPrice) -> int | None:
        return earnings_of(row).profit

    def get_profit_elsewhere(self, row: CityPrice) -> int | None:
        return earnings_of(row).profit_elsewhere

    def get_margin(self, row: CityPrice) -> str | None:
        margin = earnings_of(row).margin
        return None if margin is None else str(margin)

    def get_missing(self, row: CityPrice) -> str:
        return earnings_of(row).missing

    @extend_schema_field(HoldSerializer(allow_null=True))
    def get_hold(self, row: CityPrice) -> dict[str, str] | None:
        code = hold_of(row)
        return {"code": code, "sentence": why_held(code)} if code else None


class AvailabilitySerializer(serializers.ModelSerializer):
    point = serializers.CharField(source="sales_point.code", read_only=True)

    class Meta:
        model = Availability
        fields = ["point", "is_available", "stock_count", "preorder_days"]
        read_only_fields = fields


class ProductSerializer(serializers.ModelSerializer):
    cities = CityPriceSerializer(source="city_prices", many=True, read_only=True)
    least_margin = ShareField(read_only=True)
    availability = AvailabilitySerializer(source="availabilities", many=True, read_only=True)

    class Meta:
        model = Product
        fields = [
            *("id", "store", "sku", "card_id", "model", "brand", "category_code", "weight_g"),
            *("purchase_cost", "packaging_cost", "least_margin", "strategy", "plan", "step", "is_paused"),
            *("is_exclusive", "version"),
            *("cities", "availability", "updated_at"),
        ]
        read_only_fields = fields


class CityChangeSerializer(StrictSerializer):
    """A price and its corridor in one city. A limit that is null is taken away."""

    price = TengeField(required=False)
    floor = TengeField(required=False, allow_null=True)
    ceiling = TengeField(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> CityChange:
        return CityChange(**with_empty(super().to_internal_value(data)))


class PointChangeSerializer(StrictSerializer):
    """A product at one sales point. `stock_count` null: in stock, not counted."""

    is_available = serializers.BooleanField(required=False)
    stock_count = TengeField(required=False, allow_null=True, min_value=0, max_value=MOST_STOCK)
    preorder_days = TengeField(required=False, allow_null=True, min_value=1, max_value=30)

    def to_internal_value(self, data: Any) -> PointChange:
        return PointChange(**with_empty(super().to_internal_value(data)))


class FactsSerializer(StrictSerializer):
    """What a product is, besides its prices. What is null has no value."""

    card_id = serializers.CharField(required=False, allow_blank=True, max_length=20)
    model = serializers.CharField(required=False, max_length=1024)
    brand = serializers.CharField(required=False, allow_blank=True, max_length=256)
    category_code = serializers.CharField(required=False, allow_blank=True, max_length=512)
    weight_g = TengeField(required=False, allow_null=True, min_value=1, max_value=HEAVIEST_G)
    purchase_cost = TengeField(required=False, allow_null=True, min_value=0, max_value=MAX_SUM)
    packaging_cost = TengeField(required=False, min_value=0, max_value=MAX_SUM)
    points = serializers.DictField(child=PointChangeSerializer(), required=False, help_text="By the code of the point.")


class ProductCreateSerializer(FactsSerializer):
    """A new product. `cities`: by city id; `is_confirmed`: numbers that look like a slip are meant."""

    store = serializers.IntegerField(min_value=1)
    sku = serializers.CharField(max_length=64, trim_whitespace=False)
    model = serializers.CharField(max_length=1024)
    cities = serializers.DictField(child=CityChangeSerializer(), required=False)
    strategy = serializers.ChoiceField(Product.Strategy.choices, required=False)
    plan = serializers.DictField(required=False)
    step = TengeField(required=False, min_value=1, max_value=1_000_000)
    least_margin = ShareField(required=False, allow_null=True)
    is_exclusive = serializers.BooleanField(required=False)
    is_paused = serializers.BooleanField(required=False)
    is_confirmed = serializers.BooleanField(required=False, default=False)


def with_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    """Null says that a field is to have no value; a field that is not sent stays."""
    return {name: EMPTY if value is None else value for name, value in values.items()}


class ConfirmSerializer(StrictSerializer):
    """Numbers of an edit once more, where they look like a slip."""

    floor = TengeField(required=False)
    ceiling = TengeField(required=False)
    price = TengeField(required=False)
    purchase_cost = TengeField(required=False, min_value=0, max_value=MAX_SUM)


class ProductEditSerializer(FactsSerializer):
    """
    What a person may change of a product: facts, and what decides its price. `city_id` narrows limits, price, strategy,
    plan and step to one city, where an empty `strategy` means "as the product"; `move_prices` lets prices that the new
    limits leave outside go to the nearest limit.

    `least_margin`: the share of the price that rules must leave after all fees, `"0.08"`; null: no margin is wanted.
    `confirm` repeats numbers that look like a slip. `is_exclusive`: the card is ours alone, tell at once who joins it.
    """

    floor = TengeField(required=False, allow_null=True)
    ceiling = TengeField(required=False, allow_null=True)
    price = TengeField(required=False)
    step = TengeField(required=False, min_value=1, max_value=1_000_000)
    strategy = serializers.ChoiceField(Product.Strategy.choices, required=False, allow_blank=True)
    plan = serializers.DictField(required=False)
    is_paused = serializers.BooleanField(required=False)
    is_exclusive = serializers.BooleanField(required=False)
    city_id = serializers.CharField(required=False, max_length=9)
    move_prices = serializers.BooleanField(required=False, default=False)
    confirm = ConfirmSerializer(required=False, help_text="The same numbers again, where they look like a slip.")
    least_margin = ShareField(required=False, allow_null=True)


# Those fields of an edit that are facts; all others decide the price.
FACTS = frozenset(FactsSerializer().fields)


class CatalogueChangeSerializer(serializers.ModelSerializer):
    """One field of one product, from and to. `field` is `added` or `removed` where it is the product itself."""

    source = serializers.CharField(source="batch.source", read_only=True)  # type: ignore[assignment]  # the API's word
    actor = serializers.CharField(source="batch.actor.full_name", default=None, read_only=True, allow_null=True)
    made_at = serializers.DateTimeField(source="batch.made_at", read_only=True)

    class Meta:
        model = CatalogueChange
        fields = [
            *("id", "store", "product", "sku", "field", "city_id", "point_code", "old", "new"),
            *("batch", "source", "actor", "made_at"),
        ]
        read_only_fields = fields


class CatalogueBatchSerializer(serializers.ModelSerializer):
    """Changes that were made together. `undone_by`: the batch that took it back."""

    actor = serializers.CharField(source="actor.full_name", default=None, read_only=True, allow_null=True)
    undone_by = serializers.IntegerField(source="undone_by.pk", default=None, read_only=True, allow_null=True)

    class Meta:
        model = CatalogueBatch
        fields = [
            "id",
            "store",
            "source",
            "actor",
            "products_added",
            "products_changed",
            "undoes",
            "undone_by",
            "made_at",
        ]
        read_only_fields = fields


class RefusedSerializer(serializers.Serializer):
    """Why something is not done: a stable code, and the sentence in the language of the request."""

    field = serializers.CharField(help_text="Empty: all of it.")
    code = serializers.CharField()
    message = serializers.CharField()
    city_id = serializers.CharField()
    point_code = serializers.CharField()
