# Unfold is written without types, and Django's admin takes type arguments in the stubs only.
# mypy: allow-subclassing-any, allow-any-generics

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.admin.base import (
    NotAdded,
    NotDeleted,
    ShownInPriceList,
    StoresAdmin,
    StoresInline,
    ViewOnly,
    city,
)
from stores.models import Availability, CityPrice, Product
from stores.models.catalogue import found_by
from stores.services.errors import Refusal
from stores.services.prices.plans import check_own_plan
from stores.services.product_history import Source, editable_facts, record_edit


class CityPriceInline(ViewOnly, StoresInline):
    """The prices and their corridors, to look at."""

    model = CityPrice
    fields = [city, "price", "floor", "ceiling", "confirmed_price", "lowest_rival", "place"]
    readonly_fields = [city, "confirmed_price", "lowest_rival", "place"]
    select_related = ["product"]


class CountForm(forms.ModelForm):
    """A stock that is typed is a count: orders move it from there on."""

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 -- Django's signature
        if "stock_count" in self.changed_data:
            self.instance.count(self.cleaned_data["stock_count"], timezone.now())
        return super().save(commit)


class AvailabilityInline(NotAdded, NotDeleted, StoresInline):
    """Where the product lies. It is taken off sale, never off the list."""

    model = Availability
    form = CountForm
    fields = ["sales_point", "is_available", "stock_count", "counted_at", "doubt", "preorder_days"]
    readonly_fields = ["sales_point", "counted_at", "doubt"]
    select_related = ["product", "sales_point__store"]


class ProductForm(forms.ModelForm):
    """An edit made on an older version is refused: it would switch a product on that its seller has just paused."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("seen_version") != self.instance.version:
            raise ValidationError(
                _("Somebody has changed this product since you read it. Read it again, then edit."), code="stale"
            )
        self._check_plan()
        return super().clean()

    def _check_plan(self) -> None:
        try:
            check_own_plan(self.cleaned_data.get("strategy", ""), self.cleaned_data.get("plan") or {})
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from None


@admin.register(Product)
class ProductAdmin(NotAdded, ShownInPriceList):
    """A product comes in with its prices, by an import. Its price and limits are moved by its seller."""

    form = ProductForm
    list_display = ["sku", "model", "store", "card_id", "strategy", "is_paused", "updated_at"]
    list_filter = ["strategy", "is_paused"]
    list_select_related = ["store"]
    search_fields = ["sku", "=card_id", "model", "brand", "store__name"]
    ordering = ["-pk"]
    readonly_fields = ["created_at", "updated_at"]
    # The card too: prices would go on being decided by the rivals of the old one.
    identity = ["store", "sku", "card_id"]
    stamps = ["version", "updated_at", "search", "sort_name"]
    inlines = [CityPriceInline, AvailabilityInline]
    fieldsets = [
        (None, {"fields": ["store", "sku", "card_id", "model", "brand", "category_code", "seen_version"]}),
        (_("Costs"), {"fields": ["purchase_cost", "packaging_cost", "weight_g"]}),
        (_("Repricing"), {"fields": ["strategy", "least_margin", "plan", "step", "is_paused", "is_exclusive"]}),
        (_("Dates"), {"fields": ["created_at", "updated_at"]}),
    ]

    def products_of(self, obj: Any) -> list[int]:
        return [obj.pk]

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        obj.version = F("version") + 1
        for name, value in found_by(obj.sku, obj.model, obj.brand).items():
            setattr(obj, name, value)
        before = editable_facts(obj.pk)
        super().save_model(request, obj, form, change)
        record_edit(obj, before, request.user, Source.PERSON)


@admin.register(CityPrice)
class CityPriceAdmin(ViewOnly, StoresAdmin):
    list_display = ["product", "store", city, "price", "floor", "ceiling", "confirmed_price", "lowest_rival", "place"]
    list_select_related = ["product__store"]
    search_fields = ["product__sku", "=product__card_id", "product__model", "product__store__name"]
    ordering = ["-pk"]
    fields = [
        ("product", "store", city, "market"),
        ("price", "floor", "ceiling", "confirmed_price"),
        ("strategy", "plan", "step"),
    ]
    readonly_fields = ["store", city, "confirmed_price"]

    @admin.display(description=_("store"), ordering="product__store__name")
    def store(self, row: CityPrice) -> str:
        return str(row.product.store)


class AvailabilityForm(forms.ModelForm):
    """A product lies at the points of its own store."""

    def clean(self) -> dict[str, Any] | None:
        product, point = self.cleaned_data.get("product"), self.cleaned_data.get("sales_point")
        if product and point and product.store_id != point.store_id:
            raise ValidationError(
                _("The product belongs to “%(store)s”, the point to “%(other)s”. Choose a point of the same store."),
                code="other_store",
                params={"store": product.store, "other": point.store},
            )
        return super().clean()


@admin.register(Availability)
class AvailabilityAdmin(NotDeleted, ShownInPriceList):
    """
    A product is taken off sale by “on sale”, never by deleting: goods missing from the list vanish from the shop. Its
    stock is typed on the product's page.
    """

    form = AvailabilityForm
    list_display = ["product", "sales_point", "is_available", "stock_count", "preorder_days"]
    list_filter = ["is_available", "doubt"]
    list_select_related = ["product", "sales_point__store"]
    search_fields = ["product__sku", "product__model", "sales_point__code", "sales_point__store__name"]
    ordering = ["-pk"]
    fields = [
        *("product", "sales_point", "is_available", "preorder_days"),
        *("stock_count", "counted_stock", "counted_at", "doubt"),
    ]
    readonly_fields = ["stock_count", "counted_stock", "counted_at", "doubt"]
    autocomplete_fields = ["product", "sales_point"]
    identity = ["product", "sales_point"]

    def store_of(self, obj: Any) -> int:
        return int(obj.product.store_id)

    def products_of(self, obj: Any) -> list[int]:
        return [obj.product_id]
