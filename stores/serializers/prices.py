from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import ProductPriceUpdate
from stores.serializers.economics import MISSING, CostLinesSerializer
from stores.serializers.wire import StrictSerializer
from stores.services.prices.explain import explain


class LinesChangeSerializer(serializers.Serializer):
    """Where the old price went, and where the new one goes; null where that is not known."""

    old = CostLinesSerializer(allow_null=True)
    new = CostLinesSerializer(allow_null=True)


class ProfitChangeSerializer(serializers.Serializer):
    """What one unit earns before and after the change, by the fees of that day, in an order of its own in the city."""

    old = serializers.IntegerField(allow_null=True, help_text="Tenge at the old price; null: not known.")
    new = serializers.IntegerField(allow_null=True, help_text="Tenge at the new price; null: not known.")
    missing = serializers.CharField(help_text=MISSING)
    lines = LinesChangeSerializer(allow_null=True, help_text="Null for changes of the first days.")
    codes = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        default=list,
        help_text="The (rate, row) pairs of the fee tables that were used.",
    )
    day = serializers.CharField(allow_null=True, help_text="Whose fees they are.")


class PriceUpdateSerializer(serializers.ModelSerializer):
    """One change of a price: `why` in codes and numbers, `sentence` for people in the language of the request."""

    sku = serializers.CharField(source="product.sku", read_only=True)
    sentence = serializers.SerializerMethodField()
    profit = ProfitChangeSerializer(
        source="why.profit", read_only=True, allow_null=True, help_text="Null where no rule made the change."
    )

    class Meta:
        model = ProductPriceUpdate
        fields = [
            *(
                "id",
                "store",
                "product",
                "sku",
                "city_id",
                "state",
                "origin",
                "undoes",
                "old_price",
                "new_price",
                "floor",
            ),
            *("ceiling", "hold_code", "sentence", "profit", "why", "price_list_number"),
            *("created_at", "approved_at", "published_at", "pulled_at", "seen_at"),
        ]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_sentence(self, update: ProductPriceUpdate) -> str:
        return explain(update)


class RestoreSerializer(StrictSerializer):
    """`moment` is past, ISO with its offset: `2026-11-23T14:05:00+05:00`. `preview`: only say what would be."""

    moment = serializers.DateTimeField()
    preview = serializers.BooleanField()


class RestorationSerializer(serializers.Serializer):
    """One price: what it is, what it was at the moment, and why it stays as it is, if so."""

    product_id = serializers.IntegerField()
    sku = serializers.CharField()
    city_id = serializers.CharField()
    price = serializers.IntegerField()
    price_then = serializers.IntegerField()
    hold_code = serializers.CharField()
