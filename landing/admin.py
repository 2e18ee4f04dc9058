# Unfold is written without types, so its classes are Any to mypy.
# mypy: allow-subclassing-any

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminImageFieldWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from landing.fields import PictureField
from landing.languages import Language
from landing.models import Faq, Footer, Review, Tariff
from landing.services import editions
from landing.services.content import read_content
from landing.services.shown import forget_unshown, pictures_of
from landing.views.page import draw_page
from landing.views.preview import draw
from money.fields import TengeField, WholeNumberField

WHOLE_NUMBER = {"form_class": WholeNumberField, "widget": UnfoldAdminIntegerFieldWidget}
# How the admins of all apps read numbers: counts as digits, tenge as money.
NUMBERS: dict[type[models.Field], dict[str, Any]] = {
    models.PositiveIntegerField: WHOLE_NUMBER,
    models.PositiveSmallIntegerField: WHOLE_NUMBER,
    TengeField: {"widget": UnfoldAdminTextInputWidget},
}
# How many characters of a review the list shows.
EXCERPT = 300


class LandingAdmin(ModelAdmin):
    """What is saved or deleted here is on the page at once, and each row shows how it looks there."""

    readonly_fields = ["preview"]
    formfield_overrides = NUMBERS | {PictureField: {"widget": UnfoldAdminImageFieldWidget}}

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:  # noqa: FBT001
        before = pictures_of(self.model.objects.filter(pk=obj.pk))
        super().save_model(request, obj, form, change)
        forget_unshown(before - pictures_of([obj]))
        editions.renew()

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        forget_unshown(pictures_of([obj]))
        super().delete_model(request, obj)
        editions.renew()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        with transaction.atomic():
            forget_unshown(pictures_of(queryset))
            super().delete_queryset(request, queryset)
            editions.renew()

    @property
    def preview_name(self) -> str:
        return f"landing_{self.opts.model_name}_preview"

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", guarded(self.preview_page), name=self.preview_name),
            path("<int:pk>/preview/<str:language>/", guarded(self.preview_whole_page), name=self.preview_name),
            *super().get_urls(),
        ]

    @method_decorator(xframe_options_sameorigin)
    def preview_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The row as the page shows it, in each language, whether it is visible or not."""
        return render(
            request, "landing/preview.html", {"drawn": draw(str(self.opts.model_name), self._row(request, pk))}
        )

    def preview_whole_page(self, request: HttpRequest, pk: int, language: str) -> HttpResponse:
        """The whole page as it would be with the row on it. For the staff's eyes: not kept, not to be found."""
        row = self._row(request, pk)
        if language not in Language.values:
            raise Http404
        return HttpResponse(draw_page(language, read_content(row)), headers={"X-Robots-Tag": "noindex"})

    def _row(self, request: HttpRequest, pk: int) -> models.Model:
        """Raises Http404, and PermissionDenied."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    @admin.display(description=_("Preview"))
    def preview(self, row: models.Model) -> str:
        if row.pk is None:
            return str(_("Save it to see how it looks."))
        name = f"admin:{self.preview_name}"
        pages = [(reverse(name, args=[row.pk, code]), language) for code, language in Language.choices]
        return format_html(
            '<iframe src="{}" title="{}" loading="lazy" style="width:100%;height:420px;border:0"></iframe>'
            '<p style="padding-top:12px">{} {}</p>',
            reverse(name, args=[row.pk]),
            _("Preview"),
            _("On the whole page:"),
            format_html_join(" · ", '<a href="{}" target="_blank" style="text-decoration:underline">{}</a>', pages),
        )


@admin.register(Tariff)
class TariffAdmin(LandingAdmin):
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
    fieldsets = [
        (None, {"fields": ["code", "position", "is_visible", "is_recommended"]}),
        (_("Price"), {"fields": ["price_month", "price_year", "trial_days"]}),
        (_("Limits"), {"fields": ["product_limit", "store_limit", "staff_limit"]}),
        (_("Russian"), {"fields": ["name_ru", "description_ru", "features_ru"]}),
        (_("Kazakh"), {"fields": ["name_kk", "description_kk", "features_kk"]}),
        (_("English"), {"fields": ["name_en", "description_en", "features_en"]}),
        (_("Preview"), {"fields": ["preview"]}),
    ]

    @admin.display(description=_("name"), ordering="name_ru")
    def name(self, tariff: Tariff) -> str:
        return tariff.name


@admin.register(Review)
class ReviewAdmin(LandingAdmin):
    list_display = ["author_name", "company", "excerpt", "rating", "language", "created_at", "state", "position"]
    list_editable = ["state", "position"]
    list_filter = ["state", "rating", "language"]
    search_fields = ["author_name", "company", "text"]
    date_hierarchy = "created_at"
    fieldsets = [
        (None, {"fields": ["state", "position", "photo"]}),
        (_("Review"), {"fields": ["author", "author_name", "company", "rating", "language", "text", "created_at"]}),
        (_("Preview"), {"fields": ["preview"]}),
    ]
    readonly_fields = ["author", "created_at", "preview"]
    # A customer's words are shown as he wrote them, or not at all. Only what the staff has entered itself is edited.
    words = ["author_name", "company", "rating", "language", "text"]

    def get_readonly_fields(self, request: HttpRequest, obj: Review | None = None) -> list[str]:
        is_customers = obj is not None and obj.author_id is not None
        return [*self.readonly_fields, *(self.words if is_customers else [])]

    @admin.display(description=_("text"))
    def excerpt(self, review: Review) -> str:
        return Truncator(review.text).chars(EXCERPT)


@admin.register(Footer)
class FooterAdmin(LandingAdmin):
    list_display = ["company_name", "phone", "email", "is_visible"]
    search_fields = ["company_name", "phone", "email"]
    formfield_overrides = LandingAdmin.formfield_overrides | {models.URLField: {"assume_scheme": "https"}}


@admin.register(Faq)
class FaqAdmin(LandingAdmin):
    list_display = ["question", "position", "is_visible"]
    list_editable = ["position", "is_visible"]
    list_filter = ["is_visible"]
    search_fields = ["question_ru", "question_kk", "question_en", "answer_ru", "answer_kk", "answer_en"]
    fieldsets = [
        (None, {"fields": ["position", "is_visible"]}),
        (_("Russian"), {"fields": ["question_ru", "answer_ru"]}),
        (_("Kazakh"), {"fields": ["question_kk", "answer_kk"]}),
        (_("English"), {"fields": ["question_en", "answer_en"]}),
        (_("Preview"), {"fields": ["preview"]}),
    ]

    @admin.display(description=_("question"), ordering="question_ru")
    def question(self, faq: Faq) -> str:
        return faq.question
