"""One change of many products: what is asked, what it would do, what was done."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import Product
from stores.serializers.catalogue import RefusedSerializer, with_empty
from stores.serializers.wire import StrictSerializer, TengeField
from stores.services.catalogue import Applied, Refused, Terms, Undone
from stores.services.catalogue.bulk import Amount, Base, BulkChange, Preview
from stores.services.catalogue.checks import MOST_STOCK
from stores.services.catalogue.finding import LONGEST_SEARCH, Wanted

MOST_TOLD = 200


class WantedSerializer(StrictSerializer):
    """Which products, as the list of products filters them; none named: all of the store."""

    search = serializers.CharField(required=False, max_length=LONGEST_SEARCH)
    sku = serializers.CharField(required=False, max_length=64)
    card_id = serializers.CharField(required=False, max_length=20)
    brand = serializers.CharField(required=False, max_length=256)
    category_code = serializers.CharField(required=False, max_length=512)
    strategy = serializers.ChoiceField(Product.Strategy.choices, required=False)
    is_paused = serializers.BooleanField(required=False)
    has_limits = serializers.BooleanField(required=False)
    is_on_sale = serializers.BooleanField(required=False)
    has_card = serializers.BooleanField(required=False)
    lost_place = serializers.BooleanField(required=False)
    city_id = serializers.CharField(required=False, max_length=9)
    point_code = serializers.CharField(required=False, max_length=64)
    hold_rule = serializers.CharField(required=False, max_length=40)

    def to_internal_value(self, data: Any) -> Wanted:
        return Wanted(**super().to_internal_value(data))


class AmountSerializer(StrictSerializer):
    """
    A sum. `{"plus": 9990}` is 9 990 ₸; `{"of": "purchase_cost", "percent": "8"}` the cost and 8 %; `{"of": "price",
    "percent": "-3", "round_to": 10}` the price less 3 %, in whole tens.
    """

    of = serializers.ChoiceField(get_args(Base), required=False)
    percent = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=Decimal(-99), max_value=Decimal(1000), required=False
    )
    plus = TengeField(required=False, min_value=-100_000_000)
    round_to = serializers.ChoiceField([1, 10, 50, 100, 500, 1000], required=False)

    def to_internal_value(self, data: Any) -> Amount:
        return Amount(**super().to_internal_value(data))


class BulkChangeSerializer(StrictSerializer):
    """What is wanted of each product; what is not named stays."""

    price = AmountSerializer(required=False)
    floor = AmountSerializer(required=False)
    ceiling = AmountSerializer(required=False)
    purchase_cost = AmountSerializer(required=False)
    strategy = serializers.ChoiceField(Product.Strategy.choices, required=False)
    step = TengeField(required=False, min_value=1, max_value=1_000_000)
    is_paused = serializers.BooleanField(required=False)
    is_available = serializers.BooleanField(required=False)
    stock_count = TengeField(required=False, allow_null=True, min_value=0, max_value=MOST_STOCK)
    preorder_days = TengeField(required=False, allow_null=True, min_value=1, max_value=30)
    city_ids = serializers.ListField(child=serializers.CharField(max_length=9), required=False, max_length=300)
    point_codes = serializers.ListField(child=serializers.CharField(max_length=64), required=False, max_length=300)

    def to_internal_value(self, data: Any) -> BulkChange:
        values = with_empty(super().to_internal_value(data))
        for name in ("city_ids", "point_codes"):
            values[name] = tuple(values.get(name, ()))
        return BulkChange(**values)


class BulkAskSerializer(StrictSerializer):
    """
    Which products, and what is wanted of them. `move_prices`: prices that new limits leave outside go to the nearest
    limit. `is_confirmed`: numbers that look like a slip are meant.
    """

    where = WantedSerializer()
    change = BulkChangeSerializer()
    move_prices = serializers.BooleanField(required=False, default=False)
    is_confirmed = serializers.BooleanField(required=False, default=False)

    @property
    def terms(self) -> Terms:
        """How the wish is read."""
        return Terms(self.validated_data["move_prices"], self.validated_data["is_confirmed"])


class FieldChangeSerializer(serializers.Serializer):
    """One field, from and to."""

    field = serializers.CharField()
    old = serializers.JSONField(allow_null=True)
    new = serializers.JSONField(allow_null=True)
    city_id = serializers.CharField()
    point_code = serializers.CharField()


class SampleSerializer(serializers.Serializer):
    """What becomes of one product; where anything is refused, nothing of it is changed."""

    sku = serializers.CharField()
    model = serializers.CharField(source="after.model")
    changes = FieldChangeSerializer(many=True)
    refused = RefusedSerializer(many=True)


class ReasonSerializer(serializers.Serializer):
    """Why so many products would stay as they are."""

    code = serializers.CharField()
    message = serializers.CharField()
    products = serializers.IntegerField()


class PreviewSerializer(serializers.Serializer):
    """
    What the change would do, in counts of products and the first of them. `token` applies exactly this, within an
    hour. `moves`: prices that would leave; `free_now`: how many the marketplace takes in this half hour, and `minutes`
    how long it takes for all. `tariff_limit`: why all of it would be refused, as the owner's plan has no room for so
    many repriced products; empty where it has.
    """

    token = serializers.CharField()
    found = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    moves = serializers.IntegerField()
    free_now = serializers.IntegerField()
    minutes = serializers.IntegerField()
    tariff_limit = serializers.CharField()
    refused = serializers.SerializerMethodField()
    samples = SampleSerializer(many=True)

    @extend_schema_field(ReasonSerializer(many=True))
    def get_refused(self, preview: Preview) -> list[dict[str, Any]]:
        """By reason, the most frequent first."""
        return [
            {"code": code, "message": message, "products": count}
            for (code, message), count in preview.refused.most_common()
        ]


class BulkApplySerializer(StrictSerializer):
    """The token of a preview."""

    token = serializers.CharField(max_length=10_000)


class ReasonOfProductSerializer(RefusedSerializer):
    """Why a product stays as it is."""

    sku = serializers.CharField()


class AppliedSerializer(serializers.Serializer):
    """What was done: `batch` undoes it. `held`: prices that do not leave now; `refused`: products that stay."""

    batch = serializers.IntegerField(source="batch.pk")
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    waiting = serializers.IntegerField(
        source="prices_waiting", help_text="Prices that leave later, as the marketplace takes them."
    )
    held = serializers.SerializerMethodField()
    refused = serializers.SerializerMethodField()

    @extend_schema_field(ReasonOfProductSerializer(many=True))
    def get_held(self, applied: Applied) -> list[dict[str, Any]]:
        """The first of them."""
        return _told(applied.held)

    @extend_schema_field(ReasonOfProductSerializer(many=True))
    def get_refused(self, applied: Applied) -> list[dict[str, Any]]:
        """The first of them."""
        return _told(applied.refused)


def _told(by_sku: dict[str, list[Refused]]) -> list[dict[str, Any]]:
    return list(_lines(by_sku))[:MOST_TOLD]


def _lines(by_sku: dict[str, list[Refused]]) -> Iterator[dict[str, Any]]:
    for sku, reasons in by_sku.items():
        yield from ({"sku": sku, **RefusedSerializer(reason).data} for reason in reasons)


class UndoneSerializer(serializers.Serializer):
    """What was taken back: products restored, new products removed; `left`: what stays, and why."""

    batch = serializers.IntegerField(source="batch.pk")
    restored = serializers.IntegerField()
    removed = serializers.IntegerField()
    left = serializers.SerializerMethodField()

    @extend_schema_field(ReasonOfProductSerializer(many=True))
    def get_left(self, undone: Undone) -> list[dict[str, Any]]:
        """The first of them."""
        return _told(undone.left)
