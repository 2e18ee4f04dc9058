"""Why a price, over the wire: codes and numbers beside the sentences in the language of the request."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers


class SeenOfferSerializer(serializers.Serializer):
    """An offer that was seen on the card. Price in whole tenge; null: not known."""

    place = serializers.IntegerField(help_text="In the marketplace's order, from 1.")
    merchant_id = serializers.CharField()
    name = serializers.CharField()
    price = serializers.IntegerField()
    rating = serializers.FloatField(allow_null=True, help_text="0 to 5.")
    reviews = serializers.IntegerField(allow_null=True)
    delivery_days = serializers.IntegerField(allow_null=True)
    preorder_days = serializers.IntegerField(allow_null=True, help_text="0: in stock.")
    is_ours = serializers.BooleanField()
    left_out = serializers.CharField(help_text="The rule by which the offer did not count, or empty.")
    left_out_text = serializers.CharField()


class ToldStepSerializer(serializers.Serializer):
    """One thought of the decision."""

    rule = serializers.CharField()
    text = serializers.CharField()
    price = serializers.IntegerField(allow_null=True, help_text="The price after it, in tenge; null: unchanged.")


class GuardSerializer(serializers.Serializer):
    """A fact that the gate knew when the price wanted to leave."""

    code = serializers.CharField()
    name = serializers.CharField()
    value = serializers.IntegerField(allow_null=True, help_text="Tenge, or a count; null: not known.")
    text = serializers.CharField()
    is_reason = serializers.BooleanField(help_text="Whether this is what held the price.")


class ProfitLineSerializer(serializers.Serializer):
    """One line of what a unit earns, in tenge; null: not known."""

    code = serializers.CharField()
    name = serializers.CharField()
    old = serializers.IntegerField(allow_null=True)
    new = serializers.IntegerField(allow_null=True)


class ToldProfitSerializer(serializers.Serializer):
    """What one unit earns at the old and at the new price, in tenge; null: not known, and `missing` says why."""

    old = serializers.IntegerField(allow_null=True)
    new = serializers.IntegerField(allow_null=True)
    change = serializers.IntegerField(allow_null=True)
    missing = serializers.CharField(help_text="Empty, or the code of what is missing.")
    missing_text = serializers.CharField()
    lines = ProfitLineSerializer(many=True, help_text="Empty where only the result was stored.")
    codes = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2),
        help_text="The rate, and the row of the fee tables that it was read from.",
    )


class StoredLimitsSerializer(serializers.Serializer):
    """The corridor and the step when the price was decided, in tenge; null: there was none."""

    floor = serializers.IntegerField(allow_null=True)
    ceiling = serializers.IntegerField(allow_null=True)
    step = serializers.IntegerField(allow_null=True)


class ProgressSerializer(serializers.Serializer):
    """A stage of the change, and when it was reached; null: not yet."""

    stage = serializers.CharField()
    name = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="Card")
class ExplanationSerializer(serializers.Serializer):
    """Everything that is known about one change of a price."""

    sentence = serializers.CharField()
    origin = serializers.CharField(help_text="rule, person or undo.")
    decider = serializers.CharField(help_text="The strategy that ruled, or the person.")
    answered_by = serializers.CharField(help_text="Who said yes or no to a rule's price; empty where nobody was asked.")
    city_id = serializers.CharField()
    city = serializers.CharField()
    offers = SeenOfferSerializer(many=True, help_text="Empty where no picture of the market led to the price.")
    looked_at = serializers.DateTimeField(allow_null=True, help_text="When the offers were read.")
    age_seconds = serializers.IntegerField(allow_null=True, help_text="How old they were at the decision.")
    steps = ToldStepSerializer(many=True)
    hold_code = serializers.CharField(help_text="Empty, or the condition of the gate that held the price.")
    hold_text = serializers.CharField()
    guards = GuardSerializer(many=True)
    profit = ToldProfitSerializer(allow_null=True, help_text="Null where no rule made the change.")
    limits = StoredLimitsSerializer()
    engine = serializers.CharField(help_text="The engine's version; empty where no rule made the change.")
    build = serializers.CharField(help_text="The build that decided; empty where it was not recorded.")
    progress = ProgressSerializer(many=True)
