from rest_framework import serializers

from stores.models import Availability, StockMovement, StockRules
from stores.serializers.wire import StrictSerializer, TengeField
from stores.services.catalogue.checks import MOST_STOCK
from stores.services.stock.rules import MOST_DAYS

MOST_AT_ONCE = 1_000


class StockSerializer(serializers.ModelSerializer):
    """A product at a point: what is there by now, what was last counted, and whether it is to be believed."""

    store = serializers.IntegerField(source="product.store_id")
    sku = serializers.CharField(source="product.sku")
    model = serializers.CharField(source="product.model")
    point = serializers.CharField(source="sales_point.code")
    doubt = serializers.ChoiceField(
        choices=[("", ""), *Availability.Doubt.choices], help_text="Empty: it is believed. Else rules do not go lower."
    )

    class Meta:
        model = Availability
        fields = [
            *("id", "store", "product", "sku", "model", "point"),
            *("is_available", "stock_count", "counted_stock", "counted_at", "doubt"),
        ]
        read_only_fields = fields


class StockMovementSerializer(serializers.ModelSerializer):
    """What a line of an order did to a stock. `is_counted_in`: it was before the last count, and is history."""

    order = serializers.IntegerField(source="order_item.order_id")
    code = serializers.CharField(source="order_item.order.code", help_text="The order's number.")
    is_counted_in = serializers.SerializerMethodField()
    actor = serializers.CharField(source="actor.full_name", default=None, help_text="Null: the order itself.")

    class Meta:
        model = StockMovement
        fields = [
            *("id", "order", "code", "kind", "change", "lost", "stock_after"),
            *("is_counted_in", "actor", "created_at"),
        ]
        read_only_fields = fields

    def get_is_counted_in(self, movement: StockMovement) -> bool:
        return movement.counted_at != movement.availability.counted_at


class CountSerializer(StrictSerializer):
    stock = TengeField(min_value=0, max_value=MOST_STOCK, help_text="Pieces on the shelf, with those of new orders.")


class SeenStockSerializer(StrictSerializer):
    """A stock as it was read: what has moved since is not confirmed."""

    id = serializers.IntegerField(min_value=1)
    stock_count = TengeField(min_value=0, max_value=MOST_STOCK)
    counted_at = serializers.DateTimeField(allow_null=True)
    doubt = serializers.ChoiceField(choices=[("", ""), *Availability.Doubt.choices], allow_blank=True)


class ConfirmStocksSerializer(StrictSerializer):
    stocks = serializers.ListField(child=SeenStockSerializer(), min_length=1, max_length=MOST_AT_ONCE)


class ConfirmedSerializer(serializers.Serializer):
    """How many are believed again; `moved`: those that are not as they were read, as they stand now."""

    confirmed = serializers.IntegerField(source="count")
    moved = StockSerializer(many=True)


class StockRulesSerializer(serializers.ModelSerializer):
    class Meta:
        model = StockRules
        fields = ["follows_orders", "hides_gone", "doubted_after_days", "version"]
        read_only_fields = fields


class StockRulesEditSerializer(StrictSerializer):
    """What is not named stays."""

    follows_orders = serializers.BooleanField(required=False)
    hides_gone = serializers.BooleanField(required=False)
    doubted_after_days = TengeField(min_value=1, max_value=MOST_DAYS, required=False, allow_null=True)
