"""Orders and buyers, to look at: they are what the marketplace says, and the next reading would overwrite an edit."""

# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from stores.admin.base import NotAdded, NotChanged, StoresAdmin, StoresInline, ViewOnly
from stores.models import Client, Order, OrderAction, OrderItem, OrderReading


@admin.register(Client)
class ClientAdmin(NotAdded, NotChanged, StoresAdmin):
    """A buyer's data belong to the seller: the phone stays masked. A buyer who asks for it is deleted."""

    list_display = ["__str__", "store", "masked_phone", "created_at"]
    list_select_related = ["store"]
    search_fields = ["first_name", "last_name", "=marketplace_id"]
    ordering = ["-pk"]
    fields = ["store", "marketplace_id", "first_name", "last_name", "masked_phone", "created_at"]
    readonly_fields = ["masked_phone", "created_at"]

    @admin.display(description=_("phone"))
    def masked_phone(self, client: Client) -> str:
        return client.masked_phone

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Not by phone: `?phone__startswith=` would spell out what is masked."""
        return not lookup.startswith("phone") and super().lookup_allowed(lookup, value, request)


class OrderItemInline(ViewOnly, StoresInline):
    model = OrderItem
    fields = ["entry_number", "sku", "name", "product", "quantity", "base_price", "total_price"]
    select_related = ["product"]


@admin.register(Order)
class OrderAdmin(ViewOnly, StoresAdmin):
    """Without the answer as received: it names the buyer's phone and address."""

    list_display = ["code", "store", "client", "state", "status", "total_price", "placed_at", "planned_delivery_at"]
    list_filter = ["state", "status", "is_kaspi_delivery", "is_preorder", "placed_at"]
    list_select_related = ["store", "client"]
    search_fields = ["code", "=marketplace_id", "client__first_name", "client__last_name", "store__name"]
    ordering = ["-placed_at", "-pk"]
    inlines = [OrderItemInline]
    fields = [
        ("store", "code", "marketplace_id"),
        ("client", "sales_point"),
        ("state", "status"),
        ("duty", "duty_since", "next_deadline_at"),
        ("delivery_mode", "is_kaspi_delivery", "is_express", "is_preorder"),
        ("is_assembled", "waybill_number", "is_back_at_warehouse"),
        ("total_price", "delivery_cost", "delivery_cost_for_seller"),
        ("payment_mode", "credit_months", "signature_required"),
        ("placed_at", "approved_at", "planned_delivery_at", "reserved_until"),
        ("handover_planned_at", "handed_over_at", "completed_at", "cancellation_reason", "ended_at"),
        ("created_at", "updated_at", "read_at"),
    ]
    readonly_fields = ["created_at", "updated_at"]


@admin.register(OrderItem)
class OrderItemAdmin(ViewOnly, StoresAdmin):
    list_display = ["order", "entry_number", "sku", "name", "quantity", "base_price", "total_price"]
    list_select_related = ["order"]
    search_fields = ["order__code", "sku", "name"]
    ordering = ["-pk"]


@admin.register(OrderAction)
class OrderActionAdmin(ViewOnly, StoresAdmin):
    """Without what was sent: it may hold the buyer's code."""

    list_display = ["order", "store", "kind", "state", "why", "actor", "created_at", "sent_at", "finished_at"]
    list_filter = ["kind", "state", "why", "created_at"]
    list_select_related = ["order", "store", "actor"]
    search_fields = ["order__code", "store__name"]
    ordering = ["-pk"]
    fields = [
        ("store", "order", "kind"),
        ("state", "why", "refusal"),
        ("actor", "created_at", "sent_at", "finished_at"),
    ]
    readonly_fields = ["created_at"]


@admin.register(OrderReading)
class OrderReadingAdmin(ViewOnly, StoresAdmin):
    """How far the orders of each store are read."""

    list_display = ["store", "tray", "read_until", "finished_at", "next_read_at", "failures", "unread"]
    list_filter = ["tray"]
    list_select_related = ["store"]
    search_fields = ["store__name"]
    ordering = ["store", "tray"]
    fields = [
        ("store", "tray"),
        ("reads_from", "read_until", "swept_at"),
        ("finished_at", "next_read_at", "failures", "unread"),
    ]
