from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import AcceptanceDecision, AcceptanceRules
from stores.models.fields import MAX_SUM
from stores.serializers.sales_points import HOURS
from stores.serializers.wire import ShareField, StrictSerializer, TengeField
from stores.services.orders.acceptance.reasons import Code, sentence_of


class AcceptanceReasonSerializer(serializers.Serializer):
    """Why not: a stable code, and the sentence in the reader's language."""

    code = serializers.ChoiceField(choices=[(str(code), str(code)) for code in Code])
    message = serializers.SerializerMethodField()

    def get_message(self, stored: Any) -> str:
        return sentence_of(stored)


class AcceptanceDecisionSerializer(serializers.ModelSerializer):
    """What the store's rules last said of an order."""

    reasons = AcceptanceReasonSerializer(many=True)

    class Meta:
        model = AcceptanceDecision
        fields = ["is_accepted", "reasons", "decided_at"]
        read_only_fields = fields


class AcceptanceRulesSerializer(serializers.ModelSerializer):
    """Which new orders are accepted without a person."""

    hours = serializers.JSONField(help_text=f"{HOURS} Null: at any hour.", allow_null=True, read_only=True)
    least_margin = serializers.SerializerMethodField(help_text='A share as text: "0.08" is 8 %. Null: any.')

    class Meta:
        model = AcceptanceRules
        fields = ["is_on", "least_margin", "most_total", "hours", "takes_express", "takes_preorders", "version"]
        read_only_fields = fields

    def get_least_margin(self, rules: AcceptanceRules) -> str | None:
        return None if rules.least_margin is None else f"{rules.least_margin.normalize():f}"


class AcceptanceRulesEditSerializer(StrictSerializer):
    """What is not named stays; null takes a limit away."""

    is_on = serializers.BooleanField(required=False)
    least_margin = ShareField(required=False, allow_null=True)
    most_total = TengeField(min_value=1, max_value=MAX_SUM, required=False, allow_null=True)
    hours = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=5), max_length=2),
        required=False,
        allow_null=True,
        help_text=HOURS,
    )
    takes_express = serializers.BooleanField(required=False)
    takes_preorders = serializers.BooleanField(required=False)


class JudgedOrderSerializer(serializers.Serializer):
    order = serializers.IntegerField(source="order.pk")
    code = serializers.CharField(source="order.code")
    placed_at = serializers.DateTimeField(source="order.placed_at")
    total_price = serializers.IntegerField(source="order.total_price")
    is_stock_known = serializers.BooleanField()
    reasons = serializers.SerializerMethodField()

    @extend_schema_field(AcceptanceReasonSerializer(many=True))
    def get_reasons(self, judged: Any) -> Any:
        stored = [reason.to_stored() for reason in judged.reasons]
        return AcceptanceReasonSerializer(stored, many=True).data


class AcceptancePreviewSerializer(serializers.Serializer):
    """What these rules would have done to the orders of the last 30 days."""

    orders = serializers.IntegerField()
    accepted = serializers.IntegerField()
    unknown_stock = serializers.IntegerField(help_text="Of those accepted: the stock of their day is not known.")
    reasons = serializers.DictField(child=serializers.IntegerField(), help_text="Code → orders.")
    is_cut = serializers.BooleanField(help_text="Only the newest orders were judged: there are too many.")
    samples = JudgedOrderSerializer(many=True)
