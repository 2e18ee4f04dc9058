# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from stores.admin.base import StoresAdmin
from stores.models import FeeCategory, FeeDelivery, FeeShare
from stores.services.fee_gaps import find_gaps


class FeesAdmin(StoresAdmin):
    """Its lists begin with what is missing: a table that runs out takes everybody's profits with it."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET":
            for gap in find_gaps():
                facts = {"table": gap.table, "key": gap.key, "day": date_format(gap.since)}
                messages.warning(request, _("No fee is known for %(table)s %(key)s from %(day)s on.") % facts)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer


DATED = ["code", "source", ("valid_from", "valid_to"), "updated_at"]


@admin.register(FeeShare)
class FeeShareAdmin(FeesAdmin):
    """A new rate is a new row: end the old one the day before, and what was earned then stays explained."""

    list_display = ["rate", "key", "share", "code", "valid_from", "valid_to", "source"]
    list_filter = ["rate", "valid_from", "valid_to"]
    search_fields = ["key", "code", "source"]
    ordering = ["rate", "key", "-valid_from"]
    fields = [("rate", "key"), "share", *DATED]
    readonly_fields = ["updated_at"]
    stamps = ["updated_at"]


@admin.register(FeeDelivery)
class FeeDeliveryAdmin(FeesAdmin):
    list_display = [
        "zone",
        "price_from",
        "price_to",
        "weight_from_g",
        "weight_to_g",
        "fee",
        "code",
        "valid_from",
        "valid_to",
    ]
    list_filter = ["zone", "valid_from", "valid_to"]
    search_fields = ["code", "source"]
    ordering = ["zone", "-valid_from", "price_from", "weight_from_g"]
    fields = ["zone", ("price_from", "price_to"), ("weight_from_g", "weight_to_g"), "fee", *DATED]
    readonly_fields = ["updated_at"]
    stamps = ["updated_at"]


@admin.register(FeeCategory)
class FeeCategoryAdmin(FeesAdmin):
    list_display = ["category_code", "commission_key", "updated_at"]
    list_filter = ["commission_key"]
    search_fields = ["category_code", "commission_key"]
    ordering = ["category_code"]
    fields = ["category_code", "commission_key", "updated_at"]
    readonly_fields = ["updated_at"]
    stamps = ["updated_at"]
