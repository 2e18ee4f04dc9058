from rest_framework import serializers

from stores.models import Product, SalesPoint
from stores.serializers.wire import StrictSerializer

HOURS = 'Weekday (`mon` … `sun`) → `["09:00", "18:00"]`; a day that is not told is closed. Null: nobody has told.'


class PointSerializer(serializers.ModelSerializer):
    """A sales point, as the seller's cabinet on the marketplace names it."""

    hours = serializers.JSONField(help_text=HOURS, allow_null=True, read_only=True)

    class Meta:
        model = SalesPoint
        fields = ["id", "store", "code", "city_id", "address", "hours", "is_open"]
        read_only_fields = fields


class PointEditSerializer(StrictSerializer):
    """What may change of a point. Its code and city say which one it is."""

    address = serializers.CharField(max_length=300, required=False, allow_blank=True)
    hours = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=5), max_length=2),
        required=False,
        allow_null=True,
        help_text=HOURS,
    )
    is_open = serializers.BooleanField(required=False)


class PointCreateSerializer(StrictSerializer):
    """A new point. None is ever invented: write what the seller's cabinet shows."""

    store = serializers.IntegerField(min_value=1)
    code = serializers.CharField(max_length=64)
    city_id = serializers.CharField(max_length=9)
    address = serializers.CharField(max_length=300, required=False, allow_blank=True)
    hours = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=5), max_length=2),
        required=False,
        allow_null=True,
        help_text=HOURS,
    )


class OffSaleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "sku", "model"]
        read_only_fields = fields


class ClosingSerializer(serializers.Serializer):
    """What closing a point would do. Prices and stock are told by city, and so is what goes off sale."""

    products = serializers.IntegerField(help_text="On sale at the point.")
    off_sale = serializers.IntegerField(help_text="Of these, on sale at no other open point of its city.")
    off_sale_everywhere = serializers.IntegerField(help_text="Of these, on sale in no other city either.")
    samples = OffSaleSerializer(many=True, help_text="The first that go off sale in the city.")
