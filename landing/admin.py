# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from typing import Any

from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from landing.forms import WholeNumberField
from landing.models import Faq, Footer, Review, Tariff
from money.fields import TengeField

WHOLE_NUMBER = {"form_class": WholeNumberField, "widget": UnfoldAdminIntegerFieldWidget}
# How the admins of all apps read numbers: counts as digits, tenge as money.
NUMBERS: dict[type[models.Field], dict[str, Any]] = {
    models.PositiveIntegerField: WHOLE_NUMBER,
    models.PositiveSmallIntegerField: WHOLE_NUMBER,
    TengeField: {"widget": UnfoldAdminTextInputWidget},
}


@admin.register(Tariff)
class TariffAdmin(ModelAdmin):
    list_display = [
        "name",
        "code",
        "price_month",
        "price_year",
        "product_limit",
        "store_limit",
        "staff_limit",
        "position",
        "is_visible",
    ]
    list_editable = ["position", "is_visible"]
    list_filter = ["is_visible"]
    search_fields = ["code", "name_ru", "name_kk", "name_en"]
    formfield_overrides = NUMBERS
    fieldsets = [
        (None, {"fields": ["code", "position", "is_visible"]}),
        (_("Price"), {"fields": ["price_month", "price_year", "trial_days"]}),
        (_("Limits"), {"fields": ["product_limit", "store_limit", "staff_limit"]}),
        (_("Russian"), {"fields": ["name_ru", "description_ru"]}),
        (_("Kazakh"), {"fields": ["name_kk", "description_kk"]}),
        (_("English"), {"fields": ["name_en", "description_en"]}),
    ]

    @admin.display(description=_("name"), ordering="name_ru")
    def name(self, tariff: Tariff) -> str:
        return tariff.name


@admin.register(Review)
class ReviewAdmin(ModelAdmin):
    list_display = ["author_name", "company", "rating", "language", "created_at", "state", "position"]
    list_editable = ["state", "position"]
    list_filter = ["state", "rating", "language"]
    search_fields = ["author_name", "company", "text"]
    date_hierarchy = "created_at"
    readonly_fields = ["created_at"]


@admin.register(Footer)
class FooterAdmin(ModelAdmin):
    list_display = ["company_name", "phone", "email", "is_visible"]
    search_fields = ["company_name", "phone", "email"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Faq)
class FaqAdmin(ModelAdmin):
    list_display = ["question", "position", "is_visible"]
    list_editable = ["position", "is_visible"]
    list_filter = ["is_visible"]
    search_fields = ["question_ru", "question_kk", "question_en", "answer_ru", "answer_kk", "answer_en"]
    fieldsets = [
        (None, {"fields": ["position", "is_visible"]}),
        (_("Russian"), {"fields": ["question_ru", "answer_ru"]}),
        (_("Kazakh"), {"fields": ["question_kk", "answer_kk"]}),
        (_("English"), {"fields": ["question_en", "answer_en"]}),
    ]

    @admin.display(description=_("question"), ordering="question_ru")
    def question(self, faq: Faq) -> str:
        return faq.question
