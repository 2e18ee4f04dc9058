# Unfold is written without types, and Django's admin takes type arguments in the stubs only.
# mypy: allow-subclassing-any, allow-any-generics

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from landing.admin import NUMBERS
from users.models import AccessEntry, PaymentEvent, User, UserPurchase, UserTariff, UserTariffQuerySet

# Django and allauth register their own; these look like the rest of the admin, and show no session's key.
for model in (Group, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


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

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """Who is entered here, and an address that is changed here, is vouched for by the service desk."""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            obj.vouch_for_email()


class LookedAt:
    """Made and changed by its person only."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(EmailAddress)
class EmailAddressAdmin(LookedAt, ModelAdmin):
    """A person's addresses; one that waits to be confirmed may be taken away."""

    list_display = ["email", "user", "verified", "primary"]
    list_filter = ["verified", "primary"]
    list_select_related = ["user"]
    search_fields = ["email", "user__email", "user__full_name"]
    fields = [("email", "user"), ("verified", "primary")]


@admin.register(Authenticator)
class AuthenticatorAdmin(LookedAt, ModelAdmin):
    """Second factors; taken away here for who has lost both phone and recovery codes, once it is sure who asks."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__full_name"]
    fields = [("user", "type"), ("created_at", "last_used_at")]


@admin.register(UserSession)
class UserSessionAdmin(LookedAt, ModelAdmin):
    """Open sessions, to look at."""

    list_display = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__full_name", "ip"]
    fields = ["user", ("ip", "user_agent"), ("created_at", "last_seen_at")]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A deleted row ends no session; blocking the user does."""
        return False


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


class WrittenOnce(LookedAt):
    """Written by services, and never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessEntry)
class AccessEntryAdmin(WrittenOnce, ModelAdmin):
    """The ledger."""

    list_display = ["created_at", "user", "tariff", "why", "source", "starts_at", "ends_at", "amount", "purchase"]
    list_filter = ["why", "source", "tariff"]
    list_select_related = ["user", "tariff", "purchase__user", "purchase__tariff"]
    search_fields = ["user__email", "user__full_name"]
    date_hierarchy = "created_at"


@admin.register(PaymentEvent)
class PaymentEventAdmin(WrittenOnce, ModelAdmin):
    """What payment services said."""

    list_display = ["received_at", "provider", "kind", "payment_id", "amount", "currency", "purchase"]
    list_filter = ["provider", "kind"]
    list_select_related = ["purchase__user", "purchase__tariff"]
    search_fields = ["payment_id", "event_id", "purchase__user__email"]
    date_hierarchy = "received_at"
