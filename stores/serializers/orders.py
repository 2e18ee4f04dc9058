from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.models import Client, Order, OrderAction, OrderItem
from stores.serializers.acceptance import AcceptanceDecisionSerializer
from stores.serializers.wire import StrictSerializer
from stores.services.orders.buyers import address_of
from stores.services.orders.lifecycle import Stage, stage_of, verbs_in
from stores.services.orders.waybills import MOST_AT_ONCE, Layout


class BuyerSerializer(serializers.ModelSerializer):
    """The buyer as lists show him: nobody learns his number from them."""

    name = serializers.SerializerMethodField()
    phone = serializers.CharField(source="masked_phone")

    class Meta:
        model = Client
        fields = ["name", "phone"]

    def get_name(self, client: Client) -> str:
        return str(client)


class FullBuyerSerializer(serializers.ModelSerializer):
    """The buyer as the order itself shows him to those who handle it."""

    class Meta:
        model = Client
        fields = ["first_name", "last_name", "phone"]


class OrderItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = OrderItem
        fields = [
            "entry_number",
            "sku",
            "name",
            "product",
            "card_id",
            "quantity",
            "base_price",
            "total_price",
            "unit_type",
            "weight_g",
            "needs_imei",
        ]


class OrderActionSerializer(serializers.ModelSerializer):
    """What was done, or is being done. Not what was sent: it may hold the buyer's code."""

    actor = serializers.CharField(source="actor.full_name", default=None, help_text="Null: the store's own rules.")

    class Meta:
        model = OrderAction
        fields = ["id", "kind", "state", "why", "refusal", "actor", "created_at", "sent_at", "finished_at"]


class OrderSerializer(serializers.ModelSerializer):
    """An order in a list."""

    stage = serializers.SerializerMethodField(help_text="Where it stands: state, status and delivery together.")
    client = serializers.SerializerMethodField()
    sales_point = serializers.CharField(source="sales_point.code", default=None)
    deadline_at = serializers.DateTimeField(
        allow_null=True, read_only=True, help_text="Until when `duty` has to be done; null where nobody says."
    )
    items = OrderItemSerializer(many=True)

    class Meta:
        model = Order
        fields = [
            "id",
            "store",
            "code",
            "stage",
            "state",
            "status",
            "duty",
            "duty_since",
            "deadline_at",
            "client",
            "sales_point",
            "items",
            "total_price",
            "delivery_cost",
            "delivery_cost_for_seller",
            "delivery_mode",
            "is_kaspi_delivery",
            "is_express",
            "is_preorder",
            "is_assembled",
            "payment_mode",
            "credit_months",
            "cancellation_reason",
            "waybill_number",
            "placed_at",
            "planned_delivery_at",
            "reserved_until",
            "handover_planned_at",
            "handed_over_at",
            "completed_at",
            "read_at",
        ]

    @extend_schema_field(BuyerSerializer(allow_null=True))
    def get_client(self, order: Order) -> Any:
        return None if order.client is None else BuyerSerializer(order.client).data

    @extend_schema_field(serializers.ChoiceField(choices=[(str(stage), str(stage)) for stage in Stage]))
    def get_stage(self, order: Order) -> str:
        return stage_of(order)


class FullOrderSerializer(OrderSerializer):
    """One order, with what may be done to it and what was."""

    address = serializers.SerializerMethodField(help_text="Where the seller himself delivers to; null otherwise.")
    may = serializers.SerializerMethodField(help_text="The actions that its stage allows.")
    actions = OrderActionSerializer(many=True)
    acceptance = AcceptanceDecisionSerializer(
        allow_null=True, default=None, help_text="What the store's rules said of accepting it; null: nothing."
    )

    class Meta(OrderSerializer.Meta):
        fields = [*OrderSerializer.Meta.fields, "address", "may", "actions", "acceptance"]

    @extend_schema_field(FullBuyerSerializer(allow_null=True))
    def get_client(self, order: Order) -> Any:
        """Whole to those who handle orders, until 30 days after it ended; masked to all others."""
        if order.client is None:
            return None
        if self.context["shows_buyer"]:
            return FullBuyerSerializer(order.client).data
        name = str(order.client)
        return {"first_name": name, "last_name": "", "phone": order.client.masked_phone}

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_address(self, order: Order) -> str | None:
        return (address_of(order) or None) if self.context["shows_buyer"] else None

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=OrderAction.Kind.choices)))
    def get_may(self, order: Order) -> list[str]:
        return sorted(verbs_in(stage_of(order)))


class PlanSerializer(StrictSerializer):
    """An action: what, and what it needs to be told."""

    kind = serializers.ChoiceField(choices=OrderAction.Kind.choices)
    arguments = serializers.DictField(
        default=dict,
        help_text=(
            "cancel: reason, comment; reduce: entries [{number, remaining}], reason, comment; weigh: entries [{number, "
            "weight_g}]; assemble: parcels; issue: code; imei: number, units; the others: nothing."
        ),
    )


class OrderIdsSerializer(StrictSerializer):
    orders = serializers.ListField(
        child=serializers.IntegerField(min_value=1), min_length=1, max_length=MOST_AT_ONCE, help_text="Ids of orders."
    )

    def validate_orders(self, ids: list[int]) -> list[int]:
        if len(set(ids)) != len(ids):
            raise serializers.ValidationError(_("An order is named twice."))
        return ids


class PlanManySerializer(OrderIdsSerializer, PlanSerializer):
    """One action for many orders."""


class WaybillsSerializer(OrderIdsSerializer):
    layout = serializers.ChoiceField(
        choices=[(str(layout), str(layout)) for layout in Layout],
        default=Layout.LABEL,
        help_text="`label`: one label a page; `a4`: four on each A4.",
    )


class PlannedSerializer(serializers.Serializer):
    """What came of one order of many."""

    order = serializers.IntegerField(source="order.pk")
    action = OrderActionSerializer(allow_null=True)
    refusal = serializers.SerializerMethodField(help_text="Code and message; null where it was planned.")

    @extend_schema_field(
        {"type": "object", "nullable": True, "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}
    )
    def get_refusal(self, planned: Any) -> dict[str, str] | None:
        refusal = planned.refusal
        return None if refusal is None else {"code": refusal.code, "message": str(refusal.message)}


class OrderProgressSerializer(serializers.Serializer):
    """How far the store's orders are read for the first time: 0 to 1, null before it began."""

    progress = serializers.FloatField(allow_null=True)
    new_orders_read_at = serializers.DateTimeField(allow_null=True)
