"""People: one view of a person, what he pays, how he signs in; and what is done for him."""

# Unfold is written without types, and Django's admin takes type arguments in the stubs only.
# mypy: allow-subclassing-any, allow-any-generics

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from landing.models import Tariff
from money.fields import WholeNumberField
from users.addresses import client_address
from users.admin.base import ViewOnly
from users.admin.money import LedgerInline, PurchaseInline, SubscriptionInline, numbered
from users.admin.questions import Asking, ReasonForm, the_staff
from users.models import Impersonation, User, UserTariff
from users.services import impersonation
from users.services.billing import subscriptions
from users.services.billing.ledger import read_account

# Django registers its own; this one looks like the rest of the admin.
admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


class SecondFactorInline(ViewOnly, TabularInline):
    """Whether a second factor is on, and when it was last shown."""

    model = Authenticator
    verbose_name_plural = _("Second factor")
    fields = ["type", "created_at", "last_used_at"]


class SessionInline(ViewOnly, TabularInline):
    """Where the person is signed in."""

    model = UserSession
    verbose_name_plural = _("Sessions")
    fields = ["ip", "user_agent", "created_at", "last_seen_at"]
    ordering = ["-last_seen_at"]
    per_page = 10


class SubscriptionFilter(admin.SimpleListFilter):
    """By the state of the subscription that counts now."""

    title = _("subscription")
    parameter_name = "subscription"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*UserTariff.State.choices, ("none", _("none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() is None:
            return queryset
        if self.value() == "none":
            return queryset.exclude(tariffs__is_current=True)
        return queryset.filter(tariffs__is_current=True, tariffs__state=self.value())


class EndingFilter(admin.SimpleListFilter):
    """By how soon it ends."""

    title = _("ends")
    parameter_name = "ends"
    days = {"3": _("within three days"), "7": _("within a week"), "30": _("within thirty days")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.days.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        value = self.value()
        if value not in self.days:
            return queryset
        now = timezone.now()
        soon = (now, now + timedelta(days=int(value)))
        return queryset.filter(tariffs__is_current=True, tariffs__ends_at__range=soon)


class ImpersonationForm(ReasonForm):
    explanation = _(
        "For half an hour you see the cabinet as the user does. Nothing can be changed, no secret is told, and the "
        "user reads that you were there, and why."
    )


class ExtendForm(ReasonForm):
    explanation = _("The days follow what the user has. They cost nothing, and stand in the ledger.")
    days = WholeNumberField(
        label=_("Days"), min_value=1, max_value=366, widget=UnfoldAdminIntegerFieldWidget, help_text=_("From 1 to 366.")
    )
    tariff = forms.ModelChoiceField(
        Tariff.objects.all(),
        label=_("Tariff"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Empty: the one that the user has, or had last."),
    )
    # The last row of the ledger when the page was opened: a second click is refused with what the first has done.
    last_entry = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    field_order = ["days", "tariff", "reason"]


class PauseForm(ReasonForm):
    explanation = _("What is left of the plan waits until it is resumed. Prices hold meanwhile.")


class ResumeForm(ReasonForm):
    explanation = _("The plan goes on with what was left of it.")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, Asking, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "full_name", "plan", "language", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = [SubscriptionFilter, EndingFilter, "is_active", "is_staff", "is_superuser", "language", "groups"]
    search_fields = ["email", "full_name", "purchases__receipt_number", "purchases__provider_payment_id"]
    search_help_text = _("E-mail, name, number of a purchase, of a payment or of a receipt")
    ordering = ["email"]
    date_hierarchy = "date_joined"
    readonly_fields = ["last_login", "date_joined", "second_factor"]
    inlines = [SubscriptionInline, PurchaseInline, LedgerInline, SecondFactorInline, SessionInline]
    actions_detail = ["impersonate", "extend", "pause", "resume"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Person"), {"classes": ["tab"], "fields": ["full_name", "language"]}),
        (_("Signing in"), {"classes": ["tab"], "fields": ["last_login", "second_factor", "date_joined"]}),
        (
            _("Rights"),
            {"classes": ["tab"], "fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "full_name", "language", "usable_password", "password1", "password2"]}),
    ]

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[type[TabularInline]]:
        """Nothing hangs on a user who is only being added."""
        return self.inlines if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Each with the subscription that counts now."""
        current = Prefetch("tariffs", UserTariff.objects.current().select_related("tariff"), to_attr="current_tariffs")
        users: QuerySet[User] = super().get_queryset(request)
        return users.prefetch_related(current)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """The number of a purchase that people name finds who made it."""
        purchase = numbered(search_term)
        if purchase is not None:
            return queryset.filter(purchases=purchase), False
        found: tuple[QuerySet[User], bool] = super().get_search_results(request, queryset, search_term)
        return found

    @admin.display(description=_("subscription"))
    def plan(self, user: Any) -> str:
        if not user.current_tariffs:
            return ""
        (current,) = user.current_tariffs
        until = f", {date_format(timezone.localtime(current.ends_at), 'd.m.Y')}" if current.ends_at else ""
        return f"{current.tariff} · {current.get_state_display()}{until}"

    @admin.display(description=_("second factor"), boolean=True)
    def second_factor(self, user: User) -> bool:
        return bool(is_mfa_enabled(user))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """Who is entered here, and an address that is changed here, is vouched for by the service desk."""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            obj.vouch_for_email()

    def has_impersonate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        user = self.get_object(request, str(object_id))
        return user is not None and impersonation.may_impersonate(request.user, user)

    def has_extend_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return bool(request.user.has_perm("users.change_usertariff"))

    def has_pause_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_extend_permission(request) and self._state(request, object_id) == UserTariff.State.ACTIVE

    def has_resume_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_extend_permission(request) and self._state(request, object_id) == UserTariff.State.PAUSED

    def _state(self, request: HttpRequest, object_id: str | None) -> str | None:
        """Of the subscription that counts now."""
        user: Any = self.get_object(request, str(object_id))
        return next((current.state for current in user.current_tariffs), None) if user else None

    @action(description=_("Look on as this user"), permissions=["impersonate"], icon="visibility")
    def impersonate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then open the cabinet as the user sees it, to read."""
        user = get_object_or_404(User, pk=object_id)
        form = ImpersonationForm(request.POST or None)
        if not form.is_valid():
            return self.ask(request, user, form, _("Look on as this user"))
        reason = form.cleaned_data["reason"]
        impersonation.begin(request.session, request.user, user, reason, client_address(request))
        return redirect(settings.LOGIN_REDIRECT_URL)

    @action(description=_("Extend"), permissions=["extend"], icon="more_time")
    def extend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give days behind what the user has."""
        user, staff = get_object_or_404(User, pk=object_id), the_staff(request)
        form = ExtendForm(request.POST or None, initial={"last_entry": read_account(user).last_entry})

        def do(answers: dict[str, Any]) -> None:
            what = {"note": answers["reason"], "tariff": answers["tariff"], "expected_entry": answers["last_entry"]}
            subscriptions.extend(user, answers["days"], by=staff, **what)

        return self.act(request, user, _("Extend"), form, do)

    @action(description=_("Pause"), permissions=["pause"], icon="pause_circle")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let what is left of the plan wait."""
        user, staff = get_object_or_404(User, pk=object_id), the_staff(request)

        def do(answers: dict[str, Any]) -> None:
            subscriptions.pause(user, by=staff, note=answers["reason"])

        return self.act(request, user, _("Pause"), PauseForm(request.POST or None), do)

    @action(description=_("Resume"), permissions=["resume"], icon="play_circle")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a paused plan go on."""
        user, staff = get_object_or_404(User, pk=object_id), the_staff(request)

        def do(answers: dict[str, Any]) -> None:
            subscriptions.resume(user, by=staff, note=answers["reason"])

        return self.act(request, user, _("Resume"), ResumeForm(request.POST or None), do)


@admin.register(Impersonation)
class ImpersonationAdmin(ViewOnly, ModelAdmin):
    """Who of the staff looked on as whom, and why."""

    list_display = ["started_at", "staff", "user", "reason", "address", "over_at"]
    list_filter = ["started_at"]
    list_select_related = ["staff", "user"]
    search_fields = ["staff__email", "user__email", "reason"]
    fields = [("staff", "user"), "reason", "address", ("started_at", "ends_at", "ended_at")]

    @admin.display(description=_("until"), ordering="ends_at")
    def over_at(self, impersonation: Impersonation) -> datetime:
        """When it was over, or will be at the latest."""
        return impersonation.until
