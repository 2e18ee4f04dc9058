from rest_framework import serializers

from stores.models import SalesPoint, Store
from stores.serializers.wire import StrictSerializer


class SalesPointSerializer(serializers.ModelSerializer):
    class Meta:
        model = SalesPoint
        fields = ["code", "city_id", "address", "is_open"]
        read_only_fields = fields


class StoreSerializer(serializers.ModelSerializer):
    sales_points = SalesPointSerializer(many=True, read_only=True)

    class Meta:
        model = Store
        fields = ["id", "name", "merchant_id", "mode", "published_at", "sales_points", "created_at"]
        read_only_fields = fields


class StoreEditSerializer(StrictSerializer):
    """What a person may change of a store."""

    name = serializers.CharField(max_length=200, required=False)
    mode = serializers.ChoiceField(Store.Mode.choices, required=False)
