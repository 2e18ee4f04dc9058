from rest_framework import serializers

from stores.models import PricingRule
from stores.models.rules import STRATEGIES
from stores.serializers.wire import StrictSerializer, TengeField


class RuleSerializer(serializers.ModelSerializer):
    class Meta:
        model = PricingRule
        fields = [
            *("id", "store", "name", "category_code", "strategy", "plan", "step", "is_on", "version"),
            *("created_at", "updated_at"),
        ]
        read_only_fields = fields


class RuleValues(StrictSerializer):
    """What a rule says. An empty `category_code` is the whole store."""

    name = serializers.CharField(max_length=200)
    category_code = serializers.CharField(max_length=512, allow_blank=True)
    strategy = serializers.ChoiceField(STRATEGIES)
    plan = serializers.DictField()
    step = TengeField(min_value=1, max_value=1_000_000)


class RuleCreateSerializer(RuleValues):
    """A new rule is off; look at it, then switch it on."""

    store = serializers.IntegerField()
    category_code = serializers.CharField(max_length=512, allow_blank=True, default="")
    plan = serializers.DictField(default=dict)
    step = TengeField(min_value=1, max_value=1_000_000, default=1)


class RuleEditSerializer(RuleValues):
    """Any of what a rule says, and whether it is on; for use with `partial=True`."""

    is_on = serializers.BooleanField()
