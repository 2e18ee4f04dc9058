"""Orders as the marketplace has them, their lines, and the buyers known from them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models.catalogue import Product
from stores.models.fields import ArticleField, money_field
from stores.models.roles import Action
from stores.models.store import SalesPoint, Store
from stores.models.tenancy import TenantModel


class Client(TenantModel):
    """A buyer, known from an order and used for that order only."""

    seen_with = Action.SEE_ORDERS

    store = models.ForeignKey(Store, models.CASCADE, related_name="clients", verbose_name=_("store"))
    marketplace_id = ArticleField(_("marketplace id"), max_length=64)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["store", "marketplace_id"], name="client_once_per_store")]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name[:1]}.".strip(" .") or f"#{self.pk}"

    @property
    def masked_phone(self) -> str:
        """The phone as lists and logs may show it."""
        return f"••• {self.phone[-4:]}" if self.phone else ""


class Order(TenantModel):
    """An order as the marketplace has it, and what we did to it."""

    seen_with = Action.SEE_ORDERS

    class State(models.TextChoices):
        NEW = "NEW", _("New")
        SIGN_REQUIRED = "SIGN_REQUIRED", _("Papers to be signed")
        PICKUP = "PICKUP", _("Pickup")
        DELIVERY = "DELIVERY", _("Own delivery")
        KASPI_DELIVERY = "KASPI_DELIVERY", _("Kaspi Delivery")
        ARCHIVE = "ARCHIVE", _("Archive")

    class Status(models.TextChoices):
        APPROVED_BY_BANK = "APPROVED_BY_BANK", _("Paid, waits for acceptance")
        ACCEPTED_BY_MERCHANT = "ACCEPTED_BY_MERCHANT", _("Accepted")
        COMPLETED = "COMPLETED", _("Handed to the buyer")
        CANCELLING = "CANCELLING", _("Being cancelled")
        CANCELLED = "CANCELLED", _("Cancelled")
        KASPI_DELIVERY_RETURN_REQUESTED = "KASPI_DELIVERY_RETURN_REQUESTED", _("Return expected")
        RETURN_ACCEPTED_BY_MERCHANT = "RETURN_ACCEPTED_BY_MERCHANT", _("Return accepted")
        RETURNED = "RETURNED", _("Returned")

    store = models.ForeignKey(Store, models.CASCADE, related_name="orders", verbose_name=_("store"))
    code = ArticleField(_("number"), max_length=32)
    marketplace_id = ArticleField(_("marketplace id"), max_length=64)
    client = models.ForeignKey(
        Client, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name=_("client")
    )
    sales_point = models.ForeignKey(
        SalesPoint, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name=_("sales point")
    )
    state = models.CharField(_("state"), max_length=20, choices=State.choices)
    status = models.CharField(_("status"), max_length=40, choices=Status.choices)
    delivery_mode = models.CharField(_("delivery"), max_length=40, blank=True)
    is_kaspi_delivery = models.BooleanField(_("Kaspi Delivery"), default=False)
    is_preorder = models.BooleanField(_("pre-order"), default=False)
    is_assembled = models.BooleanField(_("assembled"), default=False)
    total_price = money_field(verbose_name=_("total, ₸"))
    delivery_cost_for_seller = money_field(
        verbose_name=_("delivery charged to the seller, ₸"),
        null=True,
        blank=True,
        help_text=_("VAT included, as charged."),
    )
    placed_at = models.DateTimeField(_("placed"))
    planned_delivery_at = models.DateTimeField(_("promised"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    raw = models.JSONField(_("as received"), default=dict, blank=True)
    created_at = models.DateTimeField(_("first read"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last read"), auto_now=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="order_code_once_per_store"),
            models.UniqueConstraint(fields=["store", "marketplace_id"], name="order_id_once_per_store"),
        ]
        indexes = [models.Index(fields=["store", "state", "placed_at"], name="order_tray")]

    def __str__(self) -> str:
        return self.code


class OrderItem(TenantModel):
    """A line of an order."""

    seen_with = Action.SEE_ORDERS

    path_to_store = "order__store"

    order = models.ForeignKey(Order, models.CASCADE, related_name="items", verbose_name=_("order"))
    entry_number = models.PositiveSmallIntegerField(_("line"))
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="order_items", verbose_name=_("product")
    )
    sku = ArticleField(_("SKU"), max_length=64)
    name = models.CharField(_("name"), max_length=1024)
    quantity = models.PositiveIntegerField(_("quantity"))
    base_price = money_field(verbose_name=_("price each, ₸"))
    total_price = money_field(verbose_name=_("total, ₸"))

    class Meta:
        verbose_name = _("order item")
        verbose_name_plural = _("order items")
        ordering = ["order", "entry_number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "entry_number"], name="order_item_once_per_order"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} × {self.quantity}"
