# Unfold is written without types, and Django's admin takes type arguments in the stubs only.
# mypy: allow-subclassing-any, allow-any-generics

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

import kaspi
from stores.admin.base import NotAdded, NotChanged, NotDeleted, ShownInPriceList, StoresAdmin, StoresInline, city
from stores.models import FeeShare, Invitation, Membership, SalesPoint, Store


class SalesPointForm(forms.ModelForm):
    """A point lies in a city that the marketplace knows; none is invented."""

    def clean_city_id(self) -> str:
        city_id: str = self.cleaned_data["city_id"]
        if city_id not in kaspi.CITIES:
            raise ValidationError(
                _("The marketplace has no city “%(city)s”. Write its nine digits, for example 750000000 for Almaty."),
                code="unknown_city",
                params={"city": city_id},
            )
        return city_id


class StoreForm(forms.ModelForm):
    """A tax regime is one that some row of the fees knows; a misspelt one would never earn a number."""

    def clean_tax_regime(self) -> str:
        regime: str = self.cleaned_data["tax_regime"]
        known = FeeShare.objects.filter(rate=FeeShare.Rate.TURNOVER_TAX, key=regime)
        if regime and not known.exists():
            raise ValidationError(
                _("No tax on turnover has the key “%(key)s”. Add it to the fee shares first."),
                code="unknown_regime",
                params={"key": regime},
            )
        return regime


class SalesPointInline(NotDeleted, StoresInline):
    """To close a point, take away “open”: a deleted one would take its goods off sale with it."""

    model = SalesPoint
    form = SalesPointForm
    fields = ["code", "city_id", "address", "is_open"]
    select_related = ["store"]


class MembershipInline(NotChanged, StoresInline):
    """People come and go here; the link leads to where a role is changed."""

    model = Membership
    fields = ["user", "role"]
    autocomplete_fields = ["user"]
    select_related = ["user"]


@admin.register(Store)
class StoreAdmin(ShownInPriceList):
    """The mode is the seller's word and is looked at only; the keys of the price list are shown to nobody."""

    form = StoreForm
    list_display = ["name", "merchant_id", "mode", "tax_regime", "published_at", "created_at"]
    list_filter = ["mode", "tax_regime"]
    search_fields = ["name", "merchant_id", "memberships__user__email"]
    ordering = ["name", "pk"]
    fields = ["name", "merchant_id", "tax_regime", "mode", "published_at", "created_at"]
    readonly_fields = ["mode", "published_at", "created_at"]
    inlines = [SalesPointInline, MembershipInline]

    def store_of(self, obj: Any) -> int | None:
        return obj.pk

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Not by a secret: `?price_list_key__startswith=a` would spell it out letter by letter."""
        is_secret = lookup.startswith(("price_list_key", "price_list_password_hash"))
        return not is_secret and super().lookup_allowed(lookup, value, request)


@admin.register(Membership)
class MembershipAdmin(StoresAdmin):
    list_display = ["user", "store", "role"]
    list_filter = ["role"]
    list_select_related = ["user", "store"]
    search_fields = ["user__email", "user__full_name", "store__name"]
    ordering = ["store__name", "user__email"]
    fields = ["store", "user", "role"]
    autocomplete_fields = ["store", "user"]
    identity = ["store", "user"]


@admin.register(Invitation)
class InvitationAdmin(NotAdded, NotChanged, StoresAdmin):
    """To see who is invited where; taken back here when the store cannot."""

    list_display = ["email", "store", "role", "invited_by", "expires_at"]
    list_filter = ["role"]
    list_select_related = ["store", "invited_by"]
    search_fields = ["email", "store__name"]
    ordering = ["-pk"]
    fields = [("email", "role"), ("store", "invited_by"), ("created_at", "expires_at")]
    readonly_fields = ["created_at"]


@admin.register(SalesPoint)
class SalesPointAdmin(ShownInPriceList):
    form = SalesPointForm
    list_display = ["code", "store", city, "address", "is_open"]
    list_filter = ["is_open"]
    list_select_related = ["store"]
    search_fields = ["code", "address", "store__name"]
    ordering = ["store__name", "code"]
    fields = ["store", "code", "city_id", "address", "is_open"]
    autocomplete_fields = ["store"]
    identity = ["store"]
