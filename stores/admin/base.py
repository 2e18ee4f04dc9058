"""
What the admins of this app have in common.

The admin serves all tenants, so it reads through each model's default manager. It is no way around the price gateway:
whatever is, carries or explains a price is looked at here and changed by the services.
"""

# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from typing import Any, Protocol

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from landing.admin import NUMBERS
from stores.services.cities import city_name
from stores.services.prices.price_list.stale_offers import mark_stale
from users.admin.base import NotAdded, NotChanged, NotDeleted, ViewOnly

__all__ = [
    "NotAdded",
    "NotChanged",
    "NotDeleted",
    "ShownInPriceList",
    "StoresAdmin",
    "StoresInline",
    "ViewOnly",
    "city",
]


class InCity(Protocol):
    """A row that belongs to a city of the marketplace."""

    city_id: str


@admin.display(description=_("city"), ordering="city_id")
def city(row: InCity) -> str:
    """A column: the city's name in the reader's language."""
    return city_name(row.city_id)


class StoresAdmin(ModelAdmin):
    """Lists that stay quick on big tables, and saves that leave alone what other writers own."""

    list_per_page = 50
    show_full_result_count = False
    formfield_overrides = NUMBERS
    # Say what a row is and whose; another value would make it another row, so they are typed once.
    identity: list[str] = []
    # Columns that are written with every change, besides those of the form.
    stamps: list[str] = []

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        readonly = [*super().get_readonly_fields(request, obj)]
        return readonly if obj is None else [*readonly, *self.identity]

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """
        Write the columns that were edited and no others.

        The row was read before the form was checked; all its columns would take back what a worker or the seller has
        written since: a claim, a pause.
        """
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            obj.save(update_fields=[*form.changed_data, *self.stamps])


class ShownInPriceList(StoresAdmin):
    """Rows that the store's price list shows: an edit asks the publisher for a new one."""

    def store_of(self, obj: Any) -> int | None:
        """The store whose price list shows the row; None for one that is only being added."""
        return int(obj.store_id)

    def products_of(self, obj: Any) -> list[int]:
        """The products whose offers show it; none for what stands in the list's head, or is of all products."""
        return []

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:  # noqa: FBT001 -- Django's signature
        # First, because this locks the store: the price gateway and the publisher lock it before anything else too.
        store_id = self.store_of(obj)
        if store_id is not None:
            mark_stale(store_id, self.products_of(obj))
        super().save_model(request, obj, form, change)


class StoresInline(TabularInline):
    """Rows of the page's object, one query for all of them; the link leads to a row's own page."""

    extra = 0
    formfield_overrides = NUMBERS
    show_change_link = True
    # What a row's line and its cells name.
    select_related: list[str] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*self.select_related)
