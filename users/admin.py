# Unfold is written without types, and Django's admin takes type arguments in the stubs only.
# mypy: allow-subclassing-any, allow-any-generics

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from landing.admin import NUMBERS
from users.models import User, UserPurchase, UserTariff, UserTariffQuerySet

# Django registers its own; this one looks like the rest of the admin.
admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


class CurrentTariffInline(TabularInline):
    """The subscription that counts now, to look at; the link leads to where it is changed."""

    model = UserTariff
    verbose_name_plural = _("current subscription")
    fields = ["tariff", "state", "starts_at", "ends_at"]
    show_change_link = True
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> UserTariffQuerySet:
        subscriptions: UserTariffQuerySet = super().get_queryset(request)
        return subscriptions.current().select_related("tariff")

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "full_name", "language", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "language", "groups"]
    search_fields = ["email", "full_name"]
    ordering = ["email"]
    date_hierarchy = "date_joined"
    readonly_fields = ["last_login", "date_joined"]
    inlines = [CurrentTariffInline]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Person"), {"fields": ["full_name", "language"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "full_name", "language", "usable_password", "password1", "password2"]}),
    ]

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[type[TabularInline]]:
        """No subscription is shown while the user is being added: there is none yet."""
        return self.inlines if obj else []


@admin.register(UserTariff)
class UserTariffAdmin(ModelAdmin):
    list_display = ["user", "tariff", "state", "is_current", "starts_at", "ends_at"]
    list_filter = ["state", "is_current", "tariff"]
    list_select_related = ["user", "tariff"]
    search_fields = ["user__email", "user__full_name", "tariff__code"]
    autocomplete_fields = ["user", "tariff"]
    date_hierarchy = "ends_at"


@admin.register(UserPurchase)
class UserPurchaseAdmin(ModelAdmin):
    """Money history: a purchase can be written down here, never rewritten or deleted."""

    list_display = ["created_at", "user", "tariff", "period", "amount", "state", "provider", "paid_at"]
    list_filter = ["state", "period", "provider", "tariff"]
    list_select_related = ["user", "tariff"]
    search_fields = ["user__email", "user__full_name", "provider_payment_id", "receipt_number"]
    autocomplete_fields = ["user", "tariff", "user_tariff"]
    date_hierarchy = "created_at"
    formfield_overrides = NUMBERS

    def has_change_permission(self, request: HttpRequest, obj: UserPurchase | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: UserPurchase | None = None) -> bool:
        return False
