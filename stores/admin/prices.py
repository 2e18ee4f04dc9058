# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from stores.admin.base import NotChanged, StoresAdmin, ViewOnly, city
from stores.models import BreakerTrip, PriceListPull, PriceListVersion, PriceStop, PriceTurn, ProductPriceUpdate
from stores.services.errors import Refusal
from stores.services.prices.explain import explain
from stores.services.prices.price_list.refused import accept
from stores.services.prices.switches import release_stops


@admin.register(ProductPriceUpdate)
class ProductPriceUpdateAdmin(ViewOnly, StoresAdmin):
    list_display = [
        "created_at",
        "product",
        "store",
        city,
        "old_price",
        "new_price",
        "state",
        "hold_code",
        "origin",
        "actor",
    ]
    list_filter = ["state", "origin", "created_at"]
    list_select_related = ["product", "store", "actor"]
    search_fields = ["product__sku", "product__model", "store__name", "=hold_code"]
    ordering = ["-pk"]
    fields = [
        ("store", "product", city),
        ("old_price", "new_price", "floor", "ceiling"),
        ("state", "hold_code", "origin", "actor", "rule"),
        "explanation",
        "why",
        "price_list_number",
        ("created_at", "approved_at", "published_at", "pulled_at", "seen_at"),
    ]
    readonly_fields = [city, "explanation", "created_at"]

    @admin.display(description=_("explanation"))
    def explanation(self, update: ProductPriceUpdate) -> str:
        """The sentence that the seller reads too."""
        return explain(update)


@admin.register(PriceListVersion)
class PriceListVersionAdmin(ViewOnly, StoresAdmin):
    list_display = ["created_at", "store", "number", "offer_count", "size", "is_released"]
    list_filter = [("refusal", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["store"]
    search_fields = ["store__name", "=sha256"]
    ordering = ["-pk"]
    fields = [
        ("store", "number"),
        ("offer_count", "size"),
        ("sha256", "keeps_prices"),
        "refusal",
        "accepted_by",
        "created_at",
    ]
    readonly_fields = ["created_at"]
    actions = ["release_anyway"]

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("stores.change_pricelistversion")

    @admin.action(description=_("Release anyway"), permissions=["release"])
    def release_anyway(self, request: HttpRequest, versions: QuerySet[PriceListVersion]) -> None:
        """Let the reason pass for which each was refused, where a person may say so: the list is built again."""
        for version in versions.select_related("store"):
            try:
                accept(version, request.user)
            except Refusal as refusal:
                self.message_user(request, f"{version}: {refusal}", messages.ERROR)
            else:
                text = _("%(list)s: it is built again, and goes out if it differs no more than this.")
                self.message_user(request, text % {"list": version}, messages.SUCCESS)

    @admin.display(description=_("released"), boolean=True)
    def is_released(self, version: PriceListVersion) -> bool:
        return version.refusal is None


@admin.register(PriceListPull)
class PriceListPullAdmin(ViewOnly, StoresAdmin):
    list_display = ["pulled_at", "store", "version_number", "status", "size", "address", "user_agent"]
    list_filter = ["pulled_at"]
    list_select_related = ["store"]
    search_fields = ["store__name", "user_agent"]
    ordering = ["-pk"]


@admin.register(PriceTurn)
class PriceTurnAdmin(ViewOnly, StoresAdmin):
    list_display = ["city_price", "store", "worth", "is_correction", "waits_since"]
    list_filter = ["is_correction", "waits_since"]
    list_select_related = ["city_price__product", "store"]
    search_fields = ["city_price__product__sku", "store__name"]
    ordering = ["-is_correction", "place_at", "pk"]
    fields = [("store", "city_price"), ("worth", "is_correction"), ("waits_since", "place_at")]


@admin.register(BreakerTrip)
class BreakerTripAdmin(ViewOnly, StoresAdmin):
    list_display = ["tripped_at", "code", "store", "product"]
    list_filter = ["code", "tripped_at"]
    list_select_related = ["store", "product"]
    search_fields = ["store__name", "product__sku"]
    ordering = ["-pk"]
    fields = ["code", ("store", "product"), "facts", "tripped_at"]
    readonly_fields = ["tripped_at"]


@admin.register(PriceStop)
class PriceStopAdmin(NotChanged, StoresAdmin):
    """The switch for everything: added, no price leaves; deleted, they leave again."""

    list_display = ["__str__", "stopped_by", "stopped_at"]
    list_select_related = ["stopped_by"]
    search_fields = ["reason", "stopped_by__email"]
    ordering = ["-pk"]
    fields = ["reason", "code", "stopped_by", "stopped_at"]
    readonly_fields = ["code", "stopped_by", "stopped_at"]

    def get_fields(self, request: HttpRequest, obj: PriceStop | None = None) -> list[str]:
        """Who and when are written by the switch itself."""
        return self.fields if obj else ["reason"]

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:  # noqa: FBT001 -- Django's signature
        obj.stopped_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: PriceStop) -> None:
        release_stops(PriceStop.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PriceStop]) -> None:
        release_stops(queryset)
