# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from django.contrib import admin

from stores.admin.base import StoresAdmin, ViewOnly, city
from stores.models import CatalogueBatch, CatalogueChange, WaitingPrice


@admin.register(CatalogueBatch)
class CatalogueBatchAdmin(ViewOnly, StoresAdmin):
    list_display = ["made_at", "store", "source", "actor", "products_added", "products_changed"]
    list_filter = ["source", "made_at"]
    list_select_related = ["store", "actor"]
    search_fields = ["store__name", "actor__email"]
    ordering = ["-pk"]


@admin.register(CatalogueChange)
class CatalogueChangeAdmin(ViewOnly, StoresAdmin):
    list_display = ["batch", "sku", "field", city, "point_code", "old", "new"]
    list_filter = ["field"]
    list_select_related = ["batch__store"]
    search_fields = ["=sku", "store__name"]
    ordering = ["-pk"]


@admin.register(WaitingPrice)
class WaitingPriceAdmin(ViewOnly, StoresAdmin):
    list_display = ["created_at", "store", "city_price", "price", "floor", "ceiling", "batch"]
    list_select_related = ["store", "batch__store", "city_price__product"]
    search_fields = ["store__name", "=city_price__product__sku"]
    ordering = ["pk"]
