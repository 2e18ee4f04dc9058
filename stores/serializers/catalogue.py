from rest_framework import serializers

from stores.models import Availability, CityPrice, Product
from stores.serializers.wire import StrictSerializer, TengeField


class CityPriceSerializer(serializers.ModelSerializer):
    """A product's price in one city, and how it stands there. Prices in whole tenge."""

    class Meta:
        model = CityPrice
        fields = ["city_id", "price", "floor", "ceiling", "lowest_rival", "place"]
        read_only_fields = fields


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
            *("purchase_cost", "packaging_cost", "strategy", "plan", "step", "is_paused", "is_exclusive", "version"),
            *("cities", "availability", "updated_at"),
        ]
        read_only_fields = fields


class ProductEditSerializer(StrictSerializer):
    """
    What a person may change of a product. `city_id` narrows floor, ceiling and price to one city; `move_prices` lets
    prices that the new limits leave outside go to the nearest limit.
    """

    floor = TengeField(required=False, allow_null=True)
    ceiling = TengeField(required=False, allow_null=True)
    price = TengeField(required=False)
    step = TengeField(required=False, min_value=1, max_value=1_000_000)
    strategy = serializers.ChoiceField(Product.Strategy.choices, required=False)
    plan = serializers.DictField(required=False)
    is_paused = serializers.BooleanField(required=False)
    is_exclusive = serializers.BooleanField(required=False)
    city_id = serializers.CharField(required=False, max_length=9)
    move_prices = serializers.BooleanField(required=False, default=False)
