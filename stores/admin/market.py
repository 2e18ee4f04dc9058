# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly, city
from stores.models import (
    CardMarket,
    Competitor,
    CompetitorProduct,
    CompetitorProductMonitoring,
    CompetitorStore,
    Listing,
    ListingTrust,
    WatchTempo,
)


@admin.register(CompetitorStore)
class CompetitorStoreAdmin(ViewOnly, StoresAdmin):
    """A merchant is what the marketplace says he is; the next look would overwrite anything else."""

    list_display = ["name", "merchant_id", "rating", "reviews", "first_seen_at", "updated_at"]
    search_fields = ["name", "merchant_id"]
    ordering = ["name", "pk"]
    fields = ["name", "merchant_id", "rating", "reviews", "first_seen_at", "updated_at"]
    readonly_fields = ["updated_at"]


@admin.register(Competitor)
class CompetitorAdmin(StoresAdmin):
    list_display = ["competitor_store", "store", "stance", "is_bot", "contact"]
    list_filter = ["stance", "is_bot"]
    list_select_related = ["competitor_store", "store"]
    search_fields = ["competitor_store__name", "competitor_store__merchant_id", "store__name", "contact"]
    ordering = ["store__name", "competitor_store__name"]
    fields = ["store", "competitor_store", "stance", "contact", "notes", "is_bot", "behaviour"]
    readonly_fields = ["is_bot", "behaviour"]
    autocomplete_fields = ["store", "competitor_store"]
    identity = ["store", "competitor_store"]


@admin.register(CardMarket)
class CardMarketAdmin(ViewOnly, StoresAdmin):
    list_display = [
        "card_id",
        city,
        "lowest",
        "median",
        "offer_count",
        "leader",
        "looked_at",
        "next_look_at",
        "failures",
    ]
    list_filter = ["looked_at"]
    list_select_related = ["leader"]
    search_fields = ["^card_id", "leader__name"]
    ordering = ["-pk"]
    fields = [
        ("card_id", city),
        ("lowest", "median", "offer_count", "leader"),
        ("recent_median", "watched_since"),
        ("looked_at", "next_look_at", "changes_seen"),
        ("listed_lowest", "listed_leader", "listed_at"),
        ("value", "rate_war"),
        ("failures", "last_error"),
    ]
    readonly_fields = [city]


@admin.register(Listing)
class ListingAdmin(ViewOnly, StoresAdmin):
    list_display = ["store", city, "next_page", "next_read_at"]
    list_select_related = ["store"]
    search_fields = ["store__name", "=city_id"]
    ordering = ["next_read_at", "pk"]
    fields = ["store", city, "next_page", "next_read_at"]
    readonly_fields = [city]


@admin.register(ListingTrust)
class ListingTrustAdmin(ViewOnly, StoresAdmin):
    list_display = [city, "compared", "agreed", "agreement", "retry_at"]
    search_fields = ["=city_id"]
    ordering = ["city_id"]
    fields = [city, ("compared", "agreed"), "agreement", "retry_at"]
    readonly_fields = [city]


@admin.register(WatchTempo)
class WatchTempoAdmin(ViewOnly, StoresAdmin):
    list_display = ["multiplier", "shortest", "longest", "usual_rate", "usual_shape", "usual_war", "tuned_at"]
    fields = ["multiplier", ("shortest", "longest"), ("usual_rate", "usual_shape", "usual_war"), "tuned_at"]


@admin.register(CompetitorProduct)
class CompetitorProductAdmin(ViewOnly, StoresAdmin):
    list_display = ["market", "place", "competitor_store", "price", "preorder_days", "delivery_duration", "changed_at"]
    list_filter = ["delivery_duration"]
    list_select_related = ["market", "competitor_store"]
    search_fields = ["^market__card_id", "competitor_store__name", "=competitor_store__merchant_id"]
    ordering = ["-pk"]


@admin.register(CompetitorProductMonitoring)
class CompetitorProductMonitoringAdmin(ViewOnly, StoresAdmin):
    list_display = ["seen_at", "market", "competitor_store", "kind", "price_before", "price_after"]
    list_filter = ["kind", "seen_at"]
    list_select_related = ["market", "competitor_store"]
    search_fields = ["^market__card_id", "competitor_store__name", "=competitor_store__merchant_id"]
    ordering = ["-pk"]
