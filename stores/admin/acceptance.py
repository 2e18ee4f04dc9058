"""Automatic acceptance of orders, to look at: sellers write the rules, the rules the decisions."""

# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import AcceptanceDecision, AcceptanceRules


@admin.register(AcceptanceRules)
class AcceptanceRulesAdmin(ViewOnly, StoresAdmin):
    list_display = ["store", "is_on", "least_margin", "most_total", "takes_express", "takes_preorders", "changed_at"]
    list_filter = ["is_on"]
    list_select_related = ["store"]
    search_fields = ["store__name"]
    ordering = ["-pk"]


@admin.register(AcceptanceDecision)
class AcceptanceDecisionAdmin(ViewOnly, StoresAdmin):
    list_display = ["order", "store", "is_accepted", "reasons", "decided_at"]
    list_filter = ["is_accepted", "decided_at"]
    list_select_related = ["order", "store"]
    search_fields = ["=order__code", "store__name"]
    ordering = ["-pk"]
