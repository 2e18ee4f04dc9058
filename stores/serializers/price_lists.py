from rest_framework import serializers

from stores.models import PriceListPull, PriceListVersion
from stores.serializers.wire import StrictSerializer
from stores.services.exports.tables import TABLES

MOST_DIFFERENCES = 200


class PriceListVersionSerializer(serializers.ModelSerializer):
    """
    One price list that was built. `refusal`: why it did not go live, as a code and what was read; null if it did.
    `keeps_prices`: built while prices were stopped, with the stock of its time and the prices of the list before.
    """

    class Meta:
        model = PriceListVersion
        fields = ["number", "created_at", "offer_count", "size", "sha256", "keeps_prices", "refusal"]
        read_only_fields = fields


class PriceListPullSerializer(serializers.ModelSerializer):
    """
    One visit to the price list. `status` 200: carried whole; 304: it has it already; 401: wrong login. `size`: bytes
    sent.
    """

    class Meta:
        model = PriceListPull
        fields = ["pulled_at", "status", "version_number", "size", "address", "user_agent"]
        read_only_fields = fields


class PriceListSerializer(serializers.Serializer):
    """Where a store's price list is fetched, and which versions are served and known at the marketplace."""

    store = serializers.IntegerField(help_text="The id of the store.")
    url = serializers.CharField(help_text="The secret address; empty for who may not change the store.")
    login = serializers.CharField(help_text="Empty likewise, and before the first access was given.")
    served = serializers.IntegerField(allow_null=True, help_text="The number of the version that is served now.")
    pulled = PriceListPullSerializer(allow_null=True, help_text="The marketplace's last visit that carried a version.")
    kept = serializers.ListField(
        child=serializers.IntegerField(), help_text="Versions that can be compared and downloaded, newest first."
    )


class PriceListAccessSerializer(serializers.Serializer):
    """A new access. The password is told at this moment only."""

    url = serializers.CharField()
    login = serializers.CharField()
    password = serializers.CharField()


class CompareQuerySerializer(StrictSerializer):
    new = serializers.IntegerField(min_value=1, help_text="The number of the newer version.")
    old = serializers.IntegerField(min_value=1, help_text="The number of the older one.")
    after = serializers.IntegerField(min_value=0, default=0, help_text="How many differences were read already.")
    page_size = serializers.IntegerField(min_value=1, max_value=MOST_DIFFERENCES, default=50)


class DifferenceSerializer(serializers.Serializer):
    """
    `what`: price (`where` is the city, tenge), availability (`where` is the point; a count, "yes" or "no", and days of
    pre-order), name, added, gone.
    """

    sku = serializers.CharField()
    what = serializers.CharField()
    where = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class DifferencesSerializer(serializers.Serializer):
    """A page of differences; `next`: what to send as `after` for the next one, null at the end."""

    next = serializers.IntegerField(allow_null=True)
    results = DifferenceSerializer(many=True)


class FileQuerySerializer(StrictSerializer):
    version = serializers.IntegerField(min_value=1)
    form = serializers.ChoiceField(["xml", "xlsx"], default="xml")


class ExportQuerySerializer(StrictSerializer):
    table = serializers.ChoiceField(list(TABLES))
    form = serializers.ChoiceField(["csv", "xlsx"], default="csv")


class OfferQuerySerializer(StrictSerializer):
    sku = serializers.CharField(max_length=64, trim_whitespace=False, help_text="One of the store's products.")


class OfferedPriceSerializer(serializers.Serializer):
    city_id = serializers.CharField()
    price = serializers.IntegerField()


class OfferedPointSerializer(serializers.Serializer):
    store_id = serializers.CharField(help_text="The point's code.")
    available = serializers.BooleanField()
    stock_count = serializers.IntegerField(allow_null=True)
    preorder_days = serializers.IntegerField(allow_null=True)


class OfferAtMarketplaceSerializer(serializers.Serializer):
    """What the marketplace was told of a product at its last visit."""

    sku = serializers.CharField()
    model = serializers.CharField()
    brand = serializers.CharField(allow_null=True)
    city_prices = OfferedPriceSerializer(many=True)
    availabilities = OfferedPointSerializer(many=True)
