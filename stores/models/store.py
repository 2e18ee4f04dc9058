"""The merchant account, the people who may use it, and the points where its goods lie."""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models import roles
from stores.models.fields import ArticleField
from stores.models.tenancy import TenantModel
from users.fields import LowerCaseEmailField


def new_price_list_key() -> str:
    """256 bits of chance, as they stand in an address."""
    return secrets.token_urlsafe(32)


class Store(TenantModel):
    """One merchant account on the marketplace."""

    path_to_store = ""

    class Mode(models.TextChoices):
        WATCH = "watch", _("Watch only")
        ASK = "ask", _("Ask before each change")
        AUTOMATIC = "automatic", _("Automatic")
        PAUSED = "paused", _("Paused")

    name = models.CharField(_("name"), max_length=200)
    merchant_id = ArticleField(
        _("merchant id"), max_length=64, db_index=True, help_text=_("As the seller's cabinet shows it.")
    )
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.WATCH)
    # What happened before is spent: breakers judge the store by what comes after.
    mode_changed_at = models.DateTimeField(_("mode changed"), null=True, editable=False)

    tax_regime = ArticleField(
        _("tax regime"),
        max_length=64,
        blank=True,
        help_text=_("The key of a tax on turnover among the fee shares. Empty: unknown, and no profit is told."),
    )

    price_list_key = ArticleField(
        _("price list key"), max_length=64, unique=True, default=new_price_list_key, editable=False
    )
    price_list_login = ArticleField(_("price list login"), max_length=64, blank=True, editable=False)
    price_list_password_hash = ArticleField(max_length=64, blank=True, editable=False)

    # Grows by one with each change that a price list would show; the publisher compares it with the live version.
    catalogue_version = models.PositiveBigIntegerField(default=0, editable=False)
    built_catalogue_version = models.PositiveBigIntegerField(default=0, editable=False)
    # The same of the last list of either kind: while prices are stopped, lists keep those of before.
    listed_catalogue_version = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    built_at = models.DateTimeField(null=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    publish_claim = ArticleField(max_length=32, blank=True, editable=False)
    publish_leased_until = models.DateTimeField(null=True, editable=False)

    # When the marketplace comes for the price list, as `services/market/rhythms.py` has learnt it; empty: no rhythm.
    pull_rhythm = models.JSONField(null=True, editable=False)

    rivals_learnt_at = models.DateTimeField(null=True, editable=False)

    # What follows from the owner's subscription, as `services/subscription/settling.py` has written it last: since when
    # rules move nothing, and whose subscription that is; since when it has ended rather than been paused; since when
    # the price list is not served; the newest product that the tariff has room for.
    frozen_at = models.DateTimeField(_("prices frozen"), null=True, editable=False)
    frozen_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("frozen for the subscription of"),
    )
    subscription_ended_at = models.DateTimeField(_("subscription ended"), null=True, editable=False)
    list_ended_at = models.DateTimeField(_("price list ended"), null=True, editable=False)
    repriced_up_to = models.PositiveBigIntegerField(null=True, editable=False)

    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="stores", verbose_name=_("members")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mode__in=["watch", "ask", "automatic", "paused"]),
                name="store_mode_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_within_tariff(self, product_id: int) -> bool:
        """Whether the owner's tariff has room for this product among those that rules move: the oldest come first."""
        return self.repriced_up_to is None or product_id <= self.repriced_up_to

    @property
    def is_list_refused(self) -> bool:
        """The price list built last did not go live; the one before is still served."""
        return self.built_at is not None and (self.published_at is None or self.published_at < self.built_at)


class Membership(TenantModel):
    """One person's place in one store."""

    seen_with = roles.Action.SEE_STORE
    Role = roles.Role

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="memberships", verbose_name=_("store"), db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["store", "user"], name="membership_once_per_store")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Invitation(TenantModel):
    """
    An address that may join a store in a role, until it answers or `expires_at` (UTC) passes.

    It holds no secret: whoever confirmed the address at sign-up is asked, and nobody else.
    """

    seen_with = roles.Action.MANAGE_TEAM

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="invitations", verbose_name=_("store"), db_index=False
    )
    email = LowerCaseEmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=roles.Role.choices)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("letter sent"), null=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"))

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["email"]
        indexes = [models.Index(fields=["email"], name="invitation_by_email")]
        constraints = [models.UniqueConstraint(fields=["store", "email"], name="invitation_once_per_store")]

    def __str__(self) -> str:
        return f"{self.email} · {self.get_role_display()}"


class SalesPoint(TenantModel):
    """One of a store's points, as the seller's cabinet names it (`PP1`), and the city it serves."""

    seen_with = roles.Action.SEE_STORE

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="sales_points", verbose_name=_("store"), db_index=False
    )
    code = ArticleField(_("code"), max_length=64, help_text=_("As the seller's cabinet names it, for example PP1."))
    city_id = ArticleField(_("city"), max_length=9, help_text=_("Nine digits, for example 750000000 for Almaty."))
    address = models.CharField(_("address"), max_length=300, blank=True)
    # Weekday (`mon` … `sun`) → [opens, closes], for example ["09:00", "18:00"]; empty: nobody has told.
    hours = models.JSONField(_("opening hours"), null=True, blank=True)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("sales point")
        verbose_name_plural = _("sales points")
        ordering = ["store", "code"]
        constraints = [models.UniqueConstraint(fields=["store", "code"], name="sales_point_code_once_per_store")]

    def __str__(self) -> str:
        return f"{self.store} · {self.code}"
