from datetime import datetime
from typing import Any, ClassVar, NoReturn

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from landing.languages import Language
from landing.models import Tariff
from money.fields import TengeField
from users.fields import LowerCaseEmailField


class UserManager(BaseUserManager["User"]):
    """Creates users. Lookups by e-mail, by natural key too, ignore the case: the field sees to it."""

    def create_user(self, email: str, password: str | None = None, **extra_fields: Any) -> "User":
        """
        A saved user whose e-mail whoever calls this vouches for; who signs up confirms his own.

        Without a password nobody can log in. Raises ValueError for an empty e-mail.
        """
        if not email:
            raise ValueError("A user needs an e-mail.")
        user = self.model(email=email, **extra_fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            user.vouch_for_email()
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra_fields: Any) -> "User":
        """A saved user with all rights, as `manage.py createsuperuser` asks for."""
        return self.create_user(email, password, **(extra_fields | {"is_staff": True, "is_superuser": True}))


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail is the login."""

    email = LowerCaseEmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("A user with this e-mail already exists.")}
    )
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.RUSSIAN)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch this off instead of deleting the user.")
    )
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("Whether the user may open the admin."))
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now)
    # Part of what each session is checked against: one more, and none of them is good any longer.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)

    # What an API token is for, when one of them asks; None for a person at a session.
    token_scopes: frozenset[str] | None = None
    # Set while the service desk looks on as this person; None for the person.
    impersonation: "Impersonation | None" = None

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="users_user_email_lower_case"),
        ]

    def get_full_name(self) -> str:
        """The full name, empty when the person gave none. Django's history and Unfold's menu ask for it."""
        return self.full_name

    def vouch_for_email(self) -> None:
        """Count the e-mail as confirmed, and no other, as an operator may who knows the person."""
        addresses = apps.get_model("account", "EmailAddress").objects
        addresses.filter(user=self).delete()
        addresses.create(user=self, email=self.email, verified=True, primary=True)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, and besides the password it knows the session epoch."""
        salt, value = "users.User.session", f"{self.session_epoch}:{self.password}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()


class UserTariffQuerySet(models.QuerySet["UserTariff"]):
    def for_user(self, user: User) -> "UserTariffQuerySet":
        """What this user has or had."""
        return self.filter(user=user)

    def current(self) -> "UserTariffQuerySet":
        """The subscriptions that count now, one for each user at most."""
        return self.filter(is_current=True)


class UserTariff(models.Model):
    """A user's right to a tariff from `starts_at` to `ends_at` (UTC, the end excluded).

    When it ends, repricing stops at the last safe price, and the price list is still served during `grace`.
    """

    class State(models.TextChoices):
        TRIAL = "trial", _("trial")
        ACTIVE = "active", _("active")
        GRACE = "grace", _("grace period")
        EXPIRED = "expired", _("expired")
        PAUSED = "paused", _("paused")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tariffs", verbose_name=_("user"))
    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="user_tariffs", verbose_name=_("tariff"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
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
                condition=Q(ends_at__gt=F("starts_at")),
                name="users_usertariff_ends_after_start",
                violation_error_message=_("The end must come after the start."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["trial", "active", "grace", "expired", "paused"]),
                name="users_usertariff_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.tariff}, {self.get_state_display()}"


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
        PAID = "paid", _("paid")
        REFUSED = "refused", _("refused")
        REFUNDED = "refunded", _("refunded")

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
    access_from = models.DateTimeField(_("access from"), null=True, blank=True, help_text=_("Known once it is paid."))
    access_until = models.DateTimeField(_("access until"), null=True, blank=True, help_text=_("Known once it is paid."))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.CREATED)
    provider = models.CharField(_("payment provider"), max_length=32)
    provider_payment_id = models.CharField(  # noqa: DJ001 - NULL until the provider names it; '' would collide
        _("payment id at the provider"), max_length=100, null=True, blank=True
    )
    receipt_number = models.CharField(_("receipt number"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False, db_index=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

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
                condition=Q(state__in=["created", "refused"], paid_at__isnull=True)
                | Q(state__in=["paid", "refunded"], paid_at__isnull=False, access_from__isnull=False),
                name="users_userpurchase_paid_is_dated",
                violation_error_message=_(
                    "A paid or refunded purchase has the time of payment and the access it bought; "
                    "another one has no time of payment."
                ),
            ),
            models.CheckConstraint(condition=Q(period__in=["month", "year"]), name="users_userpurchase_period_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.tariff}, {self.amount} ₸, {self.get_state_display()}"


class ImpersonationQuerySet(models.QuerySet["Impersonation"]):
    def for_user(self, user: Any) -> "ImpersonationQuerySet":
        """When the service desk looked on as this user."""
        return self.filter(user=user)

    def under_way(self) -> "ImpersonationQuerySet":
        """Those that are neither left nor past their time."""
        return self.filter(ended_at=None, ends_at__gt=timezone.now())

    def delete(self) -> NoReturn:
        """Raises TypeError: what the service desk did stays."""
        raise TypeError("What the service desk did is not deleted.")


class Impersonation(models.Model):
    """
    The service desk looked on as a user, to read and no more: who, as whom, why, from where, from when until when.

    Append-only: after the first write only `ended_at` is filled in, once, and no row is deleted.
    """

    staff = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by whom"))
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="impersonations", verbose_name=_("as whom"))
    reason = models.CharField(_("why"), max_length=300)
    address = models.CharField(_("from which address"), max_length=45)
    started_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(_("until at the latest"))
    ended_at = models.DateTimeField(_("left"), null=True)

    objects = ImpersonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("impersonation")
        verbose_name_plural = _("impersonations")
        ordering = ["-pk"]
        default_permissions = ["view"]
        permissions = [("impersonate_user", "Can look on as a user")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="users_impersonation_has_reason"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("started_at")), name="users_impersonation_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} → {self.user}"

    def save(self, **options: Any) -> None:
        """Raises TypeError for a row that is there."""
        if not self._state.adding:
            raise TypeError("What the service desk did is written once.")
        super().save(**options)

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        """Raises TypeError: what the service desk did stays."""
        raise TypeError("What the service desk did is not deleted.")

    @property
    def until(self) -> datetime:
        """When it was over, or will be at the latest (UTC)."""
        return self.ended_at or self.ends_at


# The plural name it also goes by; see docs/glossary.md.
UserPurchases = UserPurchase
