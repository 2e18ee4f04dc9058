from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import ProductPriceUpdate
from stores.serializers.economics import MISSING, CostLinesSerializer
from stores.serializers.explain import ExplanationSerializer
from stores.serializers.wire import StrictSerializer
from stores.services.prices.explain import explain, explanation_of, why_held
from stores.services.prices.restore import Restoration
from stores.services.prices.switches import notice_of_stop
from stores.services.prices.targets import AsOf, BeforeList, Confirmed, Target, WithoutRule


class LinesChangeSerializer(serializers.Serializer):
    """Where the old price went, and where the new one goes; null where that is not known."""

    old = CostLinesSerializer(allow_null=True)
    new = CostLinesSerializer(allow_null=True)


class ProfitChangeSerializer(serializers.Serializer):
    """What one unit earns before and after the change, by the fees of that day, in an order of its own in the city."""

    old = serializers.IntegerField(allow_null=True, help_text="Tenge at the old price; null: not known.")
    new = serializers.IntegerField(allow_null=True, help_text="Tenge at the new price; null: not known.")
    missing = serializers.CharField(help_text=MISSING)
    lines = LinesChangeSerializer(allow_null=True, help_text="Null for changes of the first days.")
    codes = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        default=list,
        help_text="The (rate, row) pairs of the fee tables that were used.",
    )
    day = serializers.CharField(allow_null=True, help_text="Whose fees they are.")


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
                "rule",
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


class UndoSerializer(PriceUpdateSerializer):
    """The change that puts a price back."""

    notice = serializers.SerializerMethodField(help_text="Why it does not leave yet; empty: it leaves now.")

    class Meta(PriceUpdateSerializer.Meta):
        fields = [*PriceUpdateSerializer.Meta.fields, "notice"]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_notice(self, update: ProductPriceUpdate) -> str:
        return notice_of_stop()


class PriceUpdateCardSerializer(PriceUpdateSerializer):
    """The change with its whole card: everything that is known about it, in the language of the request."""

    card = serializers.SerializerMethodField()

    class Meta(PriceUpdateSerializer.Meta):
        fields = [*PriceUpdateSerializer.Meta.fields, "card"]
        read_only_fields = fields

    @extend_schema_field(ExplanationSerializer)
    def get_card(self, update: ProductPriceUpdate) -> Any:
        return ExplanationSerializer(explanation_of(update)).data


TARGETS: dict[str, Callable[[Any], Target]] = {
    "moment": AsOf,
    "price_list_number": BeforeList,
    "rule": WithoutRule,
    "confirmed": lambda _: Confirmed(),
}


class RestoreSerializer(StrictSerializer):
    """Where to put the prices back to, exactly one of the first four. `preview`: only say what would be."""

    moment = serializers.DateTimeField(
        required=False, help_text="The prices of then: past, ISO with its offset, `2026-11-23T14:05:00+05:00`."
    )
    price_list_number = serializers.IntegerField(
        required=False, min_value=1, help_text="Take back what this price list carried out."
    )
    rule = serializers.IntegerField(
        required=False, min_value=1, help_text="Take back what this rule made, and switch it off."
    )
    confirmed = serializers.BooleanField(
        required=False, help_text="True: the last prices that a person set or agreed to."
    )
    preview = serializers.BooleanField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & TARGETS.keys()) != 1 or attrs.get("confirmed") is False:
            raise serializers.ValidationError(_("Send exactly one of: %(names)s.") % {"names": ", ".join(TARGETS)})
        return attrs

    def target(self) -> Target:
        """What was asked for."""
        [name] = self.validated_data.keys() & TARGETS.keys()
        return TARGETS[name](self.validated_data[name])


class RestorationSerializer(serializers.Serializer):
    """
    One price: what it is, what it was then, and why it stays as it is, if so: a code and its sentence.

    The sentence of one that goes back says why it does not leave yet, and is empty where it leaves now: `notice` of the
    context.
    """

    product_id = serializers.IntegerField()
    sku = serializers.CharField()
    city_id = serializers.CharField()
    price = serializers.IntegerField()
    price_then = serializers.IntegerField()
    hold_code = serializers.CharField()
    sentence = serializers.SerializerMethodField()

    def get_sentence(self, restoration: Restoration) -> str:
        return why_held(restoration.hold_code) if restoration.hold_code else str(self.context["notice"])
