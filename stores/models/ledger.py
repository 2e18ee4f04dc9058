"""What orders earned, as it was reckoned; goods that come back, and what a person found when they did."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pricing import economics
from stores.models.catalogue import Product
from stores.models.fields import ArticleField, money_field
from stores.models.orders import Order, OrderItem
from stores.models.roles import Action
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class Fate(models.TextChoices):
    """What became of an order, as far as money is concerned."""

    OPEN = economics.Fate.OPEN.value, _("On its way")
    SOLD = economics.Fate.SOLD.value, _("Sold")
    CANCELLED = economics.Fate.CANCELLED.value, _("Cancelled before it left")
    REFUSED = economics.Fate.REFUSED.value, _("Not taken by the buyer")
    RETURNED = economics.Fate.RETURNED.value, _("Returned by the buyer")


class OrderAccount(TenantModel):
    """
    What an order earned, reckoned from the order and the fees of its day; written anew whenever either changes.

    Tenge. `profit` counts with the delivery as charged where that is told; None where `missing` (a code) is not known.
    """

    order = models.OneToOneField(
        Order, models.CASCADE, primary_key=True, related_name="account", verbose_name=_("order")
    )
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="order_accounts", verbose_name=_("store"), db_index=False
    )
    placed_at = models.DateTimeField(_("placed"))
    day = models.DateField(_("day"), help_text=_("Of placing, in Almaty."))
    city_id = ArticleField(_("city"), max_length=9, blank=True)
    fate = models.CharField(_("what became of it"), max_length=10, choices=Fate.choices)
    units = models.PositiveIntegerField(_("pieces"))
    amount = money_field(verbose_name=_("total, ₸"))
    delivery_expected = money_field(verbose_name=_("delivery by the tables, ₸"), null=True, blank=True)
    delivery_charged = money_field(verbose_name=_("delivery as charged, ₸"), null=True, blank=True)
    expected_missing = models.CharField(_("not known for the delivery"), max_length=20, blank=True)
    overcharge = models.IntegerField(_("charged more than expected, ₸"), null=True, blank=True)
    profit = models.IntegerField(_("profit, ₸"), null=True, blank=True)
    missing = models.CharField(_("not known"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("order's account")
        verbose_name_plural = _("orders' accounts")
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(profit__isnull=True, missing__gt="") | Q(profit__isnull=False, missing=""),
                name="order_account_profit_or_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "day"], name="order_account_day"),
            models.Index(fields=["store", "placed_at"], name="order_account_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.profit}"

    @property
    def expected_profit(self) -> int | None:
        """What would have been earned with the delivery of the tables; None where they or the profit are not known."""
        if self.profit is None or self.delivery_expected is None:
            return None
        if self.delivery_charged is None or self.fate in (Fate.CANCELLED, Fate.REFUSED):
            return self.profit
        return self.profit + self.delivery_charged - self.delivery_expected


class OrderAccountLine(TenantModel):
    """One line of an order's account: tenge for all its pieces; an amount is None where its reason is not known."""

    item = models.OneToOneField(
        OrderItem, models.CASCADE, primary_key=True, related_name="account", verbose_name=_("order item")
    )
    account = models.ForeignKey(OrderAccount, models.CASCADE, related_name="lines", verbose_name=_("account"))
    store = models.ForeignKey(Store, models.CASCADE, related_name="+", verbose_name=_("store"), db_index=False)
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="account_lines", verbose_name=_("product")
    )
    sku = ArticleField(_("SKU"), max_length=64)
    day = models.DateField(_("day"))
    fate = models.CharField(_("what became of it"), max_length=10, choices=Fate.choices)
    quantity = models.PositiveIntegerField(_("quantity"))
    amount = money_field(verbose_name=_("total, ₸"))
    purchase = money_field(verbose_name=_("purchase, ₸"), null=True, blank=True)
    packaging = money_field(verbose_name=_("packaging, ₸"), null=True, blank=True)
    commission = money_field(verbose_name=_("commission, ₸"), null=True, blank=True)
    tax = money_field(verbose_name=_("tax, ₸"), null=True, blank=True)
    bonus = money_field(verbose_name=_("bonus, ₸"), null=True, blank=True)
    delivery = money_field(verbose_name=_("delivery, ₸"), null=True, blank=True)
    returns_reserve = money_field(verbose_name=_("reserve for returns, ₸"), null=True, blank=True)
    profit = models.IntegerField(_("profit, ₸"), null=True, blank=True)
    missing = models.CharField(_("not known"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("line of an order's account")
        verbose_name_plural = _("lines of orders' accounts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["store", "day"], name="order_account_line_day")]

    def __str__(self) -> str:
        return f"{self.sku} · {self.profit}"


class OrderReturn(TenantModel):
    """Goods that are to come back: the order is cancelled or returned on paper, and a person has not yet said more."""

    seen_with = Action.SEE_ORDERS

    order = models.OneToOneField(
        Order, models.CASCADE, primary_key=True, related_name="goods_return", verbose_name=_("order")
    )
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="order_returns", verbose_name=_("store"), db_index=False
    )
    fate = models.CharField(_("what became of it"), max_length=10, choices=Fate.choices)
    since = models.DateTimeField(_("awaited since"))
    amount = money_field(verbose_name=_("sold for, ₸"))
    # What the goods cost; empty where that was not known when the order came.
    at_stake = money_field(verbose_name=_("at stake, ₸"), null=True, blank=True)
    told_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("awaited return")
        verbose_name_plural = _("awaited returns")
        ordering = ["since", "pk"]
        indexes = [
            models.Index(fields=["store", "since"], name="order_return_oldest"),
            models.Index(fields=["told_at", "since"], name="order_return_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.get_fate_display()}"


class ReturnOutcome(TenantModel):
    """What a person found when goods came back, or that they never did. Said once, and never changed."""

    class Outcome(models.TextChoices):
        SELLABLE = "sellable", _("Came back, can be sold")
        DAMAGED = "damaged", _("Came back damaged")
        MISSING = "missing", _("Never came back")

    seen_with = Action.SEE_ORDERS
    # The goods are gone, and their purchase cost with them.
    LOST = (Outcome.DAMAGED, Outcome.MISSING)

    order = models.OneToOneField(
        Order, models.CASCADE, primary_key=True, related_name="return_outcome", verbose_name=_("order")
    )
    store = models.ForeignKey(Store, models.CASCADE, related_name="return_outcomes", verbose_name=_("store"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("said by")
    )
    said_at = models.DateTimeField(_("said"), auto_now_add=True)

    class Meta:
        verbose_name = _("outcome of a return")
        verbose_name_plural = _("outcomes of returns")
        ordering = ["-said_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["sellable", "damaged", "missing"]), name="return_outcome_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.get_outcome_display()}"
