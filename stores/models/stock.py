"""How orders move the stock, and what a store wants done when it is gone or doubtful."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models.catalogue import Availability
from stores.models.orders import OrderItem
from stores.models.roles import Action
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class StockMovement(TenantModel):
    """
    What one line of an order did to the stock of a product at a point. Append-only; each line does each thing once, but
    it takes from each count while its order is new.

    A movement belongs to the count it was made after: `Availability.stock_count` is `counted_stock` and the movements
    with the same `counted_at`. Those of earlier counts are history. A count that comes late, in a file, takes those
    over that were made since its moment.
    """

    seen_with = Action.SEE_ORDERS

    class Kind(models.TextChoices):
        RESERVED = "reserved", _("Ordered")
        REDUCED = "reduced", _("Cancelled in part")
        RELEASED = "released", _("Cancelled")
        REVIVED = "revived", _("Ordered after all")
        RETURNED = "returned", _("Back, fit for sale")

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="stock_movements", verbose_name=_("store"), db_index=False
    )
    availability = models.ForeignKey(
        Availability, models.CASCADE, related_name="movements", verbose_name=_("availability")
    )
    order_item = models.ForeignKey(
        OrderItem, models.CASCADE, related_name="stock_movements", verbose_name=_("order item"), db_index=False
    )
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    # Of a line that was cancelled in part: how many pieces it had left then; a line may shrink more than once.
    remaining = models.PositiveIntegerField(_("pieces left of the line"), default=0)
    change = models.IntegerField(_("pieces"), help_text=_("Less than 0: taken from the stock."))
    # Pieces that the line had taken and that were not there: they neither come back nor count as taken.
    lost = models.PositiveIntegerField(_("pieces lacking"), default=0)
    stock_after = models.PositiveIntegerField(_("stock after it"))
    counted_at = models.DateTimeField(_("of the count"), null=True, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by whom")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["store", "created_at"], name="stock_movement_since")]
        constraints = [
            models.UniqueConstraint(
                fields=["order_item", "kind", "remaining", "counted_at"], name="stock_movement_once_per_line_and_count"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.change:+}"


class StockRules(TenantModel):
    """What a store wants of its stock. A store without a row has the defaults."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="stock_rules", verbose_name=_("store"))
    follows_orders = models.BooleanField(_("orders move the stock"), default=True)
    hides_gone = models.BooleanField(
        _("off sale when nothing is left"),
        default=False,
        help_text=_("The price list says “not available” of what is counted, gone, and not for pre-order."),
    )
    doubted_after_days = models.PositiveSmallIntegerField(
        _("a count is doubtful after, days"),
        null=True,
        blank=True,
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Empty: however long ago."),
    )
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        verbose_name = _("stock rules")
        verbose_name_plural = _("stock rules")

    def __str__(self) -> str:
        return str(self.store)
