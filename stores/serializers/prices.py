from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import ProductPriceUpdate
from stores.serializers.explain import CardSerializer
from stores.serializers.wire import StrictSerializer
from stores.services.prices.explain import card, explain


class ProfitChangeSerializer(serializers.Serializer):
    """What one unit earns before and after the change, by the fees of that day, in an order of its own in the city."""

    old = serializers.IntegerField(allow_null=True, help_text="Tenge at the old price; null: not known.")
    new = serializers.IntegerField(allow_null=True, help_text="Tenge at the new price; null: not known.")
    missing = serializers.CharField(
        help_text=(
            "Empty, or the code of what is missing to know it: purchase_cost, weight, category, tax_regime; a rate "
            "that nobody has entered for the day (commission, delivery, vat, turnover_tax, returned, bonus); "
            "overlapping_rates or bad_rate where the tables contradict themselves."
        )
    )


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


class PriceUpdateCardSerializer(PriceUpdateSerializer):
    """The change with its whole card: everything that is known about it, in the language of the request."""

    card = serializers.SerializerMethodField()

    class Meta(PriceUpdateSerializer.Meta):
        fields = [*PriceUpdateSerializer.Meta.fields, "card"]
        read_only_fields = fields

    @extend_schema_field(CardSerializer)
    def get_card(self, update: ProductPriceUpdate) -> Any:
        return CardSerializer(card(update)).data


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
