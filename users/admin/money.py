"""Subscriptions, purchases and the ledger: looked at here, moved by the services of billing."""

# Unfold is written without types, and Django's admin takes type arguments in the stubs only.
# mypy: allow-subclassing-any, allow-any-generics

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from users.admin.base import ViewOnly
from users.admin.questions import Asking, ReasonForm, the_staff
from users.models import AccessEntry, Letter, PaymentEvent, UserPurchase, UserTariff
from users.models.billing import NUMBER_PREFIX
from users.services.billing import purchases

State = UserPurchase.State
NUMBER = re.compile(rf"{NUMBER_PREFIX}0*(\d{{1,18}})", re.ASCII | re.IGNORECASE)


def numbered(term: str) -> int | None:
    """The id of the purchase that is called so (`KB-000017`), None for other words."""
    match = NUMBER.fullmatch(term.strip())
    return int(match[1]) if match else None


class ReceiptForm(ReasonForm):
    """By which paper of the bank the staff knows it."""

    receipt_number = forms.CharField(
        label=_("Receipt number"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("As the bank or Kaspi wrote it."),
    )
    field_order = ["receipt_number", "reason"]


class ConfirmForm(ReceiptForm):
    explanation = _("The access begins at once. Compare the amount and the payer with the bank's statement first.")
    state = forms.CharField(max_length=20, widget=forms.HiddenInput)


class RefuseForm(ReasonForm):
    explanation = _("No money came, or it went back. The purchase gives no access.")


class RefundForm(ReceiptForm):
    explanation = _("Pay the money back first. What is left of the access that it bought is taken back at once.")


class SettleForm(ReasonForm):
    explanation = _("Say what came of it. The access stays as it is; the purchase leaves the list of what failed.")


class LedgerInline(ViewOnly, TabularInline):
    """Each row that gave access or took it back."""

    model = AccessEntry
    fk_name = "user"
    fields = ["created_at", "why", "source", "tariff", "starts_at", "ends_at", "amount", "actor", "note"]
    readonly_fields = ["created_at"]
    per_page = 20
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessEntry]:
        rows: QuerySet[AccessEntry] = super().get_queryset(request)
        return rows.select_related("tariff", "actor")


class BoughtInline(LedgerInline):
    """The rows of the ledger that belong to one purchase."""

    fk_name = "purchase"


class SubscriptionInline(ViewOnly, TabularInline):
    """What the user has and had, the newest first."""

    model = UserTariff
    fields = ["tariff", "state", "is_current", "starts_at", "ends_at"]
    per_page = 10

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserTariff]:
        rows: QuerySet[UserTariff] = super().get_queryset(request)
        return rows.select_related("user", "tariff")


class PurchaseInline(ViewOnly, TabularInline):
    """What the user paid or is to pay; the link leads to where it is decided."""

    model = UserPurchase
    fk_name = "user"
    fields = ["number", "created_at", "tariff", "period", "amount", "state", "attention", "receipt_number"]
    readonly_fields = ["number", "created_at"]
    show_change_link = True
    per_page = 10

    @admin.display(description=_("number"))
    def number(self, purchase: UserPurchase) -> str:
        return purchase.number

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserPurchase]:
        rows: QuerySet[UserPurchase] = super().get_queryset(request)
        return rows.select_related("user", "tariff")


@admin.register(UserTariff)
class UserTariffAdmin(ViewOnly, ModelAdmin):
    """To look at: it follows from the ledger. It is extended and paused on the user's page."""

    list_display = ["user", "tariff", "state", "is_current", "starts_at", "ends_at"]
    list_filter = ["state", "is_current", "tariff"]
    list_select_related = ["user", "tariff"]
    search_fields = ["user__email", "user__full_name", "tariff__code"]
    date_hierarchy = "ends_at"


@admin.register(UserPurchase)
class UserPurchaseAdmin(ViewOnly, Asking, ModelAdmin):
    """Money history: confirmed, refused and refunded with a reason, never rewritten or deleted."""

    list_display = [
        *("number", "created_at", "user", "tariff", "period", "amount", "state", "attention", "provider", "paid_at"),
    ]
    list_filter = ["state", ("attention", admin.EmptyFieldListFilter), "period", "provider", "tariff"]
    list_select_related = ["user", "tariff"]
    search_fields = ["user__email", "user__full_name", "provider_payment_id", "receipt_number"]
    search_help_text = _("E-mail, name, number of the purchase, of the payment or of the receipt")
    date_hierarchy = "created_at"
    inlines = [BoughtInline]
    actions_detail = ["confirm", "refuse", "refund", "settle"]
    fields = [
        ("user", "number", "state"),
        ("tariff", "period"),
        ("amount", "credit", "attention"),
        ("provider", "provider_payment_id", "receipt_number"),
        ("access_from", "access_until"),
        ("decided_by", "note"),
        ("created_at", "paid_at", "refunded_at"),
    ]
    readonly_fields = ["number", "created_at"]

    @admin.display(description=_("number"), ordering="pk")
    def number(self, purchase: UserPurchase) -> str:
        return purchase.number

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[UserPurchase], search_term: str
    ) -> tuple[QuerySet[UserPurchase], bool]:
        """The number that people name, or the fields."""
        purchase = numbered(search_term)
        if purchase is not None:
            return queryset.filter(pk=purchase), False
        found: tuple[QuerySet[UserPurchase], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def has_confirm_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may_decide(request, object_id, *purchases.MAY_BE_PAID)

    def has_refund_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may_decide(request, object_id, State.PAID)

    def has_settle_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        purchase = self.get_object(request, str(object_id))
        return self._may_decide(request, object_id, State.PAID, State.REFUNDED) and purchase.attention != ""

    def _may_decide(self, request: HttpRequest, object_id: str | None, *states: str) -> bool:
        purchase = self.get_object(request, str(object_id))
        return request.user.has_perm("users.change_userpurchase") and purchase is not None and purchase.state in states

    @action(description=_("Confirm the payment"), permissions=["confirm"], icon="check_circle")
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It was paid: give the access."""
        purchase = get_object_or_404(UserPurchase, pk=object_id)

        form = ConfirmForm(request.POST or None, initial={"state": purchase.state})

        def do(answers: dict[str, Any]) -> str | None:
            told = {"receipt_number": answers["receipt_number"], "note": answers["reason"]}
            confirmed = purchases.confirm_as_seen(purchase, answers["state"], by=the_staff(request), **told)
            if confirmed.state == State.PAID:
                return None
            text = gettext("No access was given, the purchase is held: %(why)s. Look at it, then confirm or refuse it.")
            return text % {"why": confirmed.get_attention_display()}

        return self.act(request, purchase, _("Confirm the payment"), form, do)

    @action(description=_("Refuse"), permissions=["confirm"], icon="cancel")
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It is not paid, or the money went back."""
        purchase = get_object_or_404(UserPurchase, pk=object_id)

        def do(answers: dict[str, Any]) -> None:
            purchases.refuse(purchase, by=the_staff(request), note=answers["reason"])

        return self.act(request, purchase, _("Refuse"), RefuseForm(request.POST or None), do)

    @action(description=_("Refund"), permissions=["refund"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The money went back: take back what is left of the access."""
        purchase = get_object_or_404(UserPurchase, pk=object_id)

        def do(answers: dict[str, Any]) -> None:
            purchases.refund(purchase, by=the_staff(request), note=f"{answers['receipt_number']}: {answers['reason']}")

        return self.act(request, purchase, _("Refund"), RefundForm(request.POST or None), do)

    @action(description=_("Settled"), permissions=["settle"], icon="task_alt")
    def settle(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What was odd about it is seen to."""
        purchase = get_object_or_404(UserPurchase, pk=object_id)

        def do(answers: dict[str, Any]) -> None:
            purchases.settle(purchase, by=the_staff(request), note=answers["reason"])

        return self.act(request, purchase, _("Settled"), SettleForm(request.POST or None), do)


@admin.register(AccessEntry)
class AccessEntryAdmin(ViewOnly, ModelAdmin):
    """The ledger."""

    list_display = ["created_at", "user", "tariff", "why", "source", "starts_at", "ends_at", "amount", "purchase"]
    list_filter = ["why", "source", "tariff"]
    list_select_related = ["user", "tariff", "purchase__user", "purchase__tariff"]
    search_fields = ["user__email", "user__full_name"]
    date_hierarchy = "created_at"


@admin.register(PaymentEvent)
class PaymentEventAdmin(ViewOnly, ModelAdmin):
    """What payment services said."""

    list_display = ["received_at", "provider", "kind", "payment_id", "amount", "currency", "purchase"]
    list_filter = ["provider", "kind"]
    list_select_related = ["purchase__user", "purchase__tariff"]
    search_fields = ["payment_id", "event_id", "purchase__user__email"]
    date_hierarchy = "received_at"


@admin.register(Letter)
class LetterAdmin(ViewOnly, ModelAdmin):
    """What was written to people about what they pay for, and whether a server has taken it."""

    list_display = ["created_at", "user", "kind", "purchase", "sent_at", "next_try_at"]
    list_filter = ["kind", ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "purchase__user", "purchase__tariff"]
    search_fields = ["user__email", "user__full_name"]
    date_hierarchy = "created_at"
