"""The side bar of the admin: what the service desk opens each day. The rest stands under “All applications”."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

# A list's model, and its picture: https://fonts.google.com/icons
PEOPLE = [
    ("users.user", "person"),
    ("users.userpurchase", "payments"),
    ("users.usertariff", "event_available"),
    ("users.impersonation", "visibility"),
]
STORES = [
    ("stores.store", "storefront"),
    ("stores.productpriceupdate", "price_change"),
    ("stores.pricelistversion", "list_alt"),
    ("stores.order", "shopping_bag"),
    ("stores.productupload", "upload_file"),
    ("stores.notification", "notifications"),
    ("stores.pricestop", "front_hand"),
]
LANDING = [
    ("landing.tariff", "sell"),
    ("landing.review", "reviews"),
    ("landing.faq", "help"),
    ("landing.footer", "web_asset"),
]


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what this member of the staff may open."""
    failed = {"title": _("What failed today"), "icon": "report", "link": reverse("what-failed")}
    groups: list[dict[str, Any]] = [
        {"items": [failed]},
        {"title": _("Users and payments"), "items": _lists(request, PEOPLE)},
        {"title": _("Stores"), "items": _lists(request, STORES)},
        {"title": _("Landing page"), "items": _lists(request, LANDING)},
    ]
    return [group for group in groups if group["items"]]


def _lists(request: HttpRequest, models: list[tuple[str, str]]) -> list[dict[str, Any]]:
    found = [(admin.site.get_model_admin(apps.get_model(name)), icon) for name, icon in models]
    return [
        {
            "title": capfirst(desk.opts.verbose_name_plural),
            "icon": icon,
            "link": reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist"),
        }
        for desk, icon in found
        if desk.has_view_permission(request)
    ]
