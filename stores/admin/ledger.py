"""What orders earned and how shops stand, to look at: reckoned by the services. The quality limits are kept here."""

# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, StoresInline, ViewOnly
from stores.models import OrderAccount, OrderAccountLine, OrderReturn, QualityLimit, QualityState, ReturnOutcome

AMOUNTS = ["purchase", "packaging", "commission", "tax", "bonus", "delivery", "returns_reserve", "profit", "missing"]


class OrderAccountLineInline(ViewOnly, StoresInline):
    model = OrderAccountLine
    fields = ["sku", "quantity", "amount", *AMOUNTS]


@admin.register(OrderAccount)
class OrderAccountAdmin(ViewOnly, StoresAdmin):
    list_display = ["order", "store", "day", "fate", "amount", "profit", "missing", "overcharge"]
    list_filter = ["fate", "missing", "day"]
    list_select_related = ["order", "store"]
    search_fields = ["order__code", "store__name"]
    ordering = ["-placed_at", "-pk"]
    inlines = [OrderAccountLineInline]
    fields = [
        ("store", "order", "fate"),
        ("placed_at", "day", "city_id"),
        ("units", "amount"),
        ("delivery_expected", "delivery_charged", "overcharge", "expected_missing"),
        ("profit", "missing"),
    ]


@admin.register(OrderAccountLine)
class OrderAccountLineAdmin(ViewOnly, StoresAdmin):
    list_display = ["account", "sku", "day", "fate", "quantity", "amount", "profit", "missing"]
    list_filter = ["fate", "missing", "day"]
    list_select_related = ["account__order"]
    search_fields = ["account__order__code", "sku"]
    ordering = ["-pk"]
    fields = [("store", "account"), ("sku", "product", "day", "fate"), ("quantity", "amount"), *AMOUNTS]


@admin.register(OrderReturn)
class OrderReturnAdmin(ViewOnly, StoresAdmin):
    list_display = ["order", "store", "fate", "since", "amount", "at_stake"]
    list_filter = ["fate", "since"]
    list_select_related = ["order", "store"]
    search_fields = ["order__code", "store__name"]
    ordering = ["since", "pk"]
    fields = [("store", "order", "fate"), "since", ("amount", "at_stake")]


@admin.register(ReturnOutcome)
class ReturnOutcomeAdmin(ViewOnly, StoresAdmin):
    list_display = ["order", "store", "outcome", "said_by", "said_at"]
    list_filter = ["outcome", "said_at"]
    list_select_related = ["order", "store", "said_by"]
    search_fields = ["order__code", "store__name"]
    ordering = ["-said_at", "-pk"]
    fields = [("store", "order"), "outcome", ("said_by", "said_at")]


@admin.register(QualityLimit)
class QualityLimitAdmin(StoresAdmin):
    """A new limit is a new row: end the old one the day before."""

    list_display = ["indicator", "limit", "days", "code", "valid_from", "valid_to", "source"]
    list_filter = ["indicator", "valid_from", "valid_to"]
    search_fields = ["code", "source"]
    ordering = ["indicator", "-valid_from"]
    fields = ["indicator", ("limit", "days"), "code", "source", ("valid_from", "valid_to"), "updated_at"]
    readonly_fields = ["updated_at"]


@admin.register(QualityState)
class QualityStateAdmin(ViewOnly, StoresAdmin):
    list_display = ["store", "indicator", "level", "crossings", "changed_at"]
    list_filter = ["indicator", "level"]
    list_select_related = ["store"]
    search_fields = ["store__name"]
    ordering = ["store", "indicator"]
    fields = [("store", "indicator"), ("level", "crossings"), "changed_at"]
