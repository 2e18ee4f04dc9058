from rest_framework import serializers

from stores.models import MerchantToken
from stores.serializers.wire import StrictSerializer


class MerchantTokenSerializer(serializers.ModelSerializer):
    """What may be told of a store's API token. The token itself is never read back."""

    class Meta:
        model = MerchantToken
        fields = ["state", "last_four", "checked_at", "entered_at"]
        read_only_fields = fields


class MerchantConnectionSerializer(serializers.Serializer):
    """The store's connection to the marketplace's official API; null: no token was entered."""

    token = MerchantTokenSerializer(allow_null=True)


class TokenEntrySerializer(StrictSerializer):
    """A token as the marketplace's cabinet shows it under Settings → API token. Write-only."""

    token = serializers.CharField(max_length=400, write_only=True)
