from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import ProductPriceUpdate
from stores.serializers.wire import StrictSerializer
from stores.services.prices.explain import explain


class PriceUpdateSerializer(serializers.ModelSerializer):
    """One change of a price: `why` in codes and numbers, `sentence` for people in the language of the request."""

    sku = serializers.CharField(source="product.sku", read_only=True)
    sentence = serializers.SerializerMethodField()

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
            *("ceiling", "hold_code", "sentence", "why", "price_list_number"),
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
