# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly
from stores.models import CardAttribute, CardBatch, CardCategory, NewCard


@admin.register(CardCategory)
class CardCategoryAdmin(ViewOnly, StoresAdmin):
    list_display = ["title", "code", "is_offered", "read_at", "attributes_read_at"]
    list_filter = ["is_offered"]
    search_fields = ["title", "code"]
    ordering = ["title", "code"]
    fields = ["code", "title", "is_offered", "read_at", "attributes_read_at"]


@admin.register(CardAttribute)
class CardAttributeAdmin(ViewOnly, StoresAdmin):
    list_display = ["code", "category", "type", "mandatory", "multi_valued"]
    list_filter = ["type", "mandatory"]
    list_select_related = ["category"]
    search_fields = ["code", "category__title"]
    ordering = ["category", "place"]
    fields = ["category", "code", "type", "mandatory", "multi_valued", "values"]


@admin.register(CardBatch)
class CardBatchAdmin(ViewOnly, StoresAdmin):
    """What a seller has sent, and what the marketplace said. Only the seller himself sends."""

    list_display = ["name", "store", "state", "status", "sent_by", "sent_at", "judged_at"]
    list_filter = ["state", "created_at"]
    list_select_related = ["store", "sent_by"]
    search_fields = ["name", "store__name", "code"]
    ordering = ["-pk"]
    fields = [
        ("name", "store"),
        ("state", "status", "code"),
        ("refusal", "remark"),
        ("sent_by", "sent_at"),
        "judged_at",
    ]


@admin.register(NewCard)
class NewCardAdmin(ViewOnly, StoresAdmin):
    list_display = ["sku", "title", "batch", "store", "state", "card_id"]
    list_filter = ["state"]
    list_select_related = ["batch", "store"]
    search_fields = ["sku", "title", "store__name"]
    ordering = ["-pk"]
    fields = [
        ("batch", "store"),
        ("sku", "title", "brand"),
        ("category", "weight"),
        "description",
        ("attributes", "images"),
        ("state", "remarks"),
        ("card_id", "product"),
    ]
