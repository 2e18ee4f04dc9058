"""Subscriptions and what was paid for them; the ledger of access that both follow from."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from landing.models import Tariff
from money.fields import TengeField
from users.models.people import User


class UserTariffQuerySet(models.QuerySet["UserTariff"]):
    def for_user(self, user: User) -> "UserTariffQuerySet":
        """What this user has or had."""
        return self.filter(user=user)

    def current(self) -> "UserTariffQuerySet":
        """The subscriptions that count now, one for each user at most."""
        return self.filter(is_current=True)


class UserTariff(models.Model):
    """A user's right to a tariff from `starts_at` to `ends_at` (UTC, the end excluded; without one it does not end).

    Follows from the ledger (`AccessEntry`) and the clock; only `users.services.billing` writes it. When it ends,
    repricing stops at the last safe price, and the price list is still served during `grace`.
    """

    class State(models.TextChoices):
        TRIAL = "trial", _("trial")
        ACTIVE = "active", _("active")
        GRACE = "grace", _("grace period")
        EXPIRED = "expired", _("expired")
        PAUSED = "paused", _("paused")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="tariffs", verbose_name=_("user"), db_index=False
    )
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="user_tariffs", verbose_name=_("tariff"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True, help_text=_("The free plan has no end."))
    # True or NULL, never False: MariaDB has no partial unique index, and NULLs do not collide in a plain one.
    is_current = models.BooleanField(
        _("current"),
        null=True,
        blank=True,
        choices=[(True, _("Current"))],
        help_text=_("The subscription that counts now. A user has one at most."),
    )

    objects = UserTariffQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["-starts_at", "-pk"]
        indexes = [models.Index(fields=["state", "ends_at"], name="users_usertariff_state_ends")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "is_current"],
                name="users_usertariff_one_current",
                violation_error_message=_("The user already has a current subscription."),
            ),
            models.CheckConstraint(
                condition=Q(is_current__isnull=True) | Q(is_current=True),
                name="users_usertariff_current_or_null",
            ),
            models.CheckConstraint(
                # One that was taken back at the moment it began has no length.
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="users_usertariff_ends_in_order",
                violation_error_message=_("The end must not come before the start."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["trial", "active", "grace", "expired", "paused"]),
                name="users_usertariff_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.tariff}, {self.get_state_display()}"


NUMBER_PREFIX = "KB-"


class UserPurchaseQuerySet(models.QuerySet["UserPurchase"]):
    def for_user(self, user: User) -> "UserPurchaseQuerySet":
        """What this user paid for, or tried to."""
        return self.filter(user=user)


class UserPurchase(models.Model):
    """One payment for a tariff. Money history: what a tariff costs today does not change what was charged."""

    class Period(models.TextChoices):
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    class State(models.TextChoices):
        CREATED = "created", _("created")
        REFUSED = "refused", _("refused")
        HELD = "held", _("held")
        PAID = "paid", _("paid")
        REFUNDED = "refunded", _("refunded")

    class Attention(models.TextChoices):
        """Why a person of the service desk must look at it."""

        AMOUNT_DIFFERS = "amount_differs", _("another amount was paid")
        CURRENCY_DIFFERS = "currency_differs", _("it was paid in another currency")
        PAID_TWICE = "paid_twice", _("it was paid more than once")
        PLAN_CHANGED = "plan_changed", _("the plan has changed since the price was named")
        PARTLY_REFUNDED = "partly_refunded", _("another amount was paid back")
        REST_CREDITED = "rest_credited", _("it was paid back, but its rest pays for a later purchase")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="purchases", verbose_name=_("user"))
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="purchases", verbose_name=_("tariff"))
    user_tariff = models.ForeignKey(
        UserTariff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="purchases",
        verbose_name=_("subscription"),
        help_text=_("The subscription this payment opened or prolonged."),
    )
    period = models.CharField(_("period"), max_length=5, choices=Period.choices)
    amount = TengeField(_("amount"), help_text=_("Whole tenge, as charged."))
    credit = TengeField(
        _("credit"),
        default=0,
        blank=True,
        help_text=_("What was left of the plan before, taken off the price; whole tenge."),
    )
    quoted_at_entry = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="The last row of the ledger when the price was named; 0: none."
    )
    access_from = models.DateTimeField(_("access from"), null=True, blank=True, help_text=_("Known once it is paid."))
    access_until = models.DateTimeField(_("access until"), null=True, blank=True, help_text=_("Known once it is paid."))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.CREATED)
    provider = models.CharField(_("payment provider"), max_length=32)
    provider_payment_id = models.CharField(  # noqa: DJ001 - NULL until the provider names it; '' would collide
        _("payment id at the provider"), max_length=100, null=True, blank=True
    )
    payment_url = models.CharField(max_length=300, blank=True, editable=False, help_text="Where it is paid online.")
    receipt_number = models.CharField(_("receipt number"), max_length=100, blank=True)
    attention = models.CharField(_("to be looked at"), max_length=16, choices=Attention.choices, blank=True)
    decided_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
        help_text=_("Who confirmed, refused or refunded it; nobody where the provider said so."),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False, db_index=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    refunded_at = models.DateTimeField(_("refunded at"), null=True, blank=True)

    objects = UserPurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_payment_id"],
                name="users_userpurchase_one_per_payment",
                violation_error_message=_("This payment is already recorded."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="users_userpurchase_amount_not_negative",
                violation_error_message=_("The amount cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(access_from__isnull=True, access_until__isnull=True)
                # Said in full: a comparison with NULL is unknown, and a CHECK lets the unknown pass.
                | Q(access_from__isnull=False, access_until__isnull=False, access_until__gt=F("access_from")),
                name="users_userpurchase_access_in_order",
                violation_error_message=_("Give both ends of the access, the end after the start, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["created", "refused", "held"], paid_at__isnull=True, refunded_at__isnull=True)
                | Q(state="paid", paid_at__isnull=False, access_from__isnull=False, refunded_at__isnull=True)
                | Q(state="refunded", paid_at__isnull=False, access_from__isnull=False, refunded_at__isnull=False),
                name="users_userpurchase_paid_is_dated",
                violation_error_message=_(
                    "A paid or refunded purchase has the time of payment and the access it bought, a refunded one "
                    "the time of the refund; another one has none of these."
                ),
            ),
            models.CheckConstraint(condition=Q(period__in=["month", "year"]), name="users_userpurchase_period_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.tariff}, {self.amount} ₸, {self.get_state_display()}"

    @property
    def number(self) -> str:
        """What the payer names, and what providers call our invoice: `KB-000017`."""
        return f"{NUMBER_PREFIX}{self.pk:06d}"

    @property
    def price(self) -> int:
        """What the period costs, in tenge: what was charged and what was credited."""
        return self.amount + self.credit


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that are written once. What was wrong is put right by another row."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("These rows are never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("These rows are never deleted.")


class AccessEntryQuerySet(AppendOnlyQuerySet):
    def for_user(self, user: User) -> "AccessEntryQuerySet":
        """The user's rows, the oldest first."""
        return self.filter(user=user)


class AccessEntry(models.Model):
    """
    A row of the ledger: a tariff was given from date to date, or the rest of such a row was taken back. Append-only.

    The sum of a user's rows is the access that he has, and the sum of their amounts what it is worth.
    """

    class Source(models.TextChoices):
        """Where the access comes from."""

        TRIAL = "trial", _("trial")
        PAID = "paid", _("paid")
        GIFT = "gift", _("given by the service")
        FREE = "free", _("free plan")

    class Why(models.TextChoices):
        TRIAL = "trial", _("trial")
        FREE_PLAN = "free_plan", _("free plan chosen")
        FREE_PLAN_CANCELLED = "free_plan_off", _("free plan cancelled")
        PURCHASE = "purchase", _("purchase")
        UPGRADE = "upgrade", _("credited to a larger plan")
        REFUND = "refund", _("refund")
        EXTENSION = "extension", _("extended by the service")
        PAUSE = "pause", _("paused")
        RESUME = "resume", _("resumed")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_entries", verbose_name=_("user"))
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="+", verbose_name=_("tariff"))
    source = models.CharField(_("source"), max_length=5, choices=Source.choices)
    why = models.CharField(_("why"), max_length=13, choices=Why.choices)
    # Of each row given, the rest can be taken back once: from a moment to its end.
    taken_from = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="take_back",
        verbose_name=_("taken back from"),
        help_text=_("Empty where access is given."),
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    amount = models.IntegerField(_("worth"), default=0, help_text=_("Whole tenge; below zero where it is taken back."))
    purchase = models.ForeignKey(
        UserPurchase,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="access_entries",
        verbose_name=_("purchase"),
        help_text=_("The payment that this access comes from."),
    )
    caused_by = models.ForeignKey(
        UserPurchase,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="caused_entries",
        verbose_name=_("caused by"),
        help_text=_("The purchase that was confirmed or refunded when this was written."),
    )
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of the ledger")
        verbose_name_plural = _("ledger of access")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="users_accessentry_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(taken_from__isnull=True, amount__gte=0) | Q(taken_from__isnull=False, amount__lte=0),
                name="users_accessentry_sign_of_amount",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["trial", "paid", "gift", "free"]), name="users_accessentry_source_known"
            ),
        ]

    def __str__(self) -> str:
        sign = "−" if self.taken_from_id else "+"
        return f"{sign} {self.tariff}, {self.starts_at:%Y-%m-%d} … {self.get_why_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises TypeError for a row that is there already."""
        if self.pk is not None:
            raise TypeError("These rows are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("These rows are never deleted.")


class PaymentEvent(models.Model):
    """What a payment provider said, once for each of its events, signature and age checked. Append-only."""

    class Kind(models.TextChoices):
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        REFUNDED = "refunded", _("refunded")

    provider = models.CharField(_("payment provider"), max_length=32)
    event_id = models.CharField(_("event id"), max_length=100)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    purchase = models.ForeignKey(
        UserPurchase,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("purchase"),
        help_text=_("Empty for a payment that is none of ours."),
    )
    payment_id = models.CharField(_("payment id at the provider"), max_length=100)
    # As the provider wrote it: it may be tenge and tiyn, and another currency.
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    happened_at = models.DateTimeField(_("happened at"))
    received_at = models.DateTimeField(_("received at"), default=timezone.now, editable=False)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="users_paymentevent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


# The plural name it also goes by; see docs/glossary.md.
UserPurchases = UserPurchase
