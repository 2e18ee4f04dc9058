"""Something a person should know or decide."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.models.catalogue import Product
from stores.models.fields import ArticleField
from stores.models.roles import Action
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class Notification(TenantModel):
    """One message about one event. `kind` and `facts` are stored; the sentence is made in the reader's language."""

    class Kind(models.TextChoices):
        PRICE_CHANGED = "price_changed", _("Price changed")
        PRICE_PROPOSED = "price_proposed", _("A price waits for you")
        PRICE_HELD = "price_held", _("Price held")
        PRICE_LIST_REFUSED = "price_list_refused", _("Price list refused")
        NOT_WRITTEN = "not_written", _("Price list cannot be written")
        NOT_PUBLISHED = "not_published", _("Prices not in a price list in time")
        NOT_PULLED = "not_pulled", _("Price list not fetched in time")
        NOT_SEEN = "not_seen", _("Price not seen in time")
        PRICES_RESTORED = "prices_restored", _("Prices put back")
        PRICES_FORGOTTEN = "prices_forgotten", _("Prices that waited are not set")
        BLIND = "blind", _("Storefront unreachable")
        CHANGED_BY_HAND = "changed_by_hand", _("Price changed in the marketplace's cabinet")
        PRODUCT_PAUSED = "product_paused", _("Product paused by a breaker")
        STORE_PAUSED = "store_paused", _("Store paused by a breaker")
        EVERYTHING_STOPPED = "everything_stopped", _("All prices stopped")
        NEW_RIVAL = "new_rival", _("New seller on a card")
        STUCK_ON = "stuck_on", _("Somebody joined your card")
        CARD_UNKNOWN = "card_unknown", _("Card unknown to the marketplace")
        TOKEN_REFUSED = "token_refused", _("API token refused")
        CARDS_JUDGED = "cards_judged", _("New cards judged")
        CARDS_REFUSED = "cards_refused", _("New cards refused")
        CARDS_UNSURE = "cards_unsure", _("New cards without an answer")
        ORDERS_SILENT = "orders_silent", _("New orders cannot be read")
        ORDER_UNREAD = "order_unread", _("An order cannot be understood")
        ORDER_NOT_MOVED = "order_not_moved", _("An action on an order failed")
        RETURNS_OVERDUE = "returns_overdue", _("Goods have not come back")
        QUALITY_NEAR = "quality_near", _("A quality indicator is near its limit")
        QUALITY_OVER = "quality_over", _("A quality indicator is over its limit")
        ORDER_HALF_TIME = "order_half_time", _("Half of an order's time is over")
        ORDER_ENDING = "order_ending", _("An order's time ends")
        STOCK_DOUBTED = "stock_doubted", _("Stock to be counted")
        STOCKS_OLD = "stocks_old", _("Stocks counted long ago")
        SUBSCRIPTION_ENDED = "subscription_ended", _("Plan ended")

    class Severity(models.TextChoices):
        INFO = "info", _("For information")
        WARNING = "warning", _("Look at it")
        URGENT = "urgent", _("Urgent")

    class Delivery(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        TOLD = "told", _("Told")

    # Packers hear of orders, and of nothing else.
    ABOUT_ORDERS = (
        Kind.ORDERS_SILENT,
        Kind.ORDER_UNREAD,
        Kind.ORDER_NOT_MOVED,
        Kind.ORDER_HALF_TIME,
        Kind.ORDER_ENDING,
    )
    also_seen_with = {Action.SEE_ORDERS: Q(kind__in=ABOUT_ORDERS)}

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="notifications", verbose_name=_("store"), db_index=False
    )
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="notifications", verbose_name=_("product")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity.choices)
    facts = models.JSONField(_("facts"), default=dict)
    # One message per event, however often the event is met.
    event = ArticleField(_("event"), max_length=100)
    delivery = models.CharField(_("delivery"), max_length=10, choices=Delivery.choices, default=Delivery.WAITING)
    claim = ArticleField(max_length=32, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["store", "event"], name="notification_once_per_event"),
            models.CheckConstraint(
                condition=~Q(delivery="told") | Q(told_at__isnull=False), name="notification_told_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["delivery"], name="notification_delivery"),
            models.Index(fields=["store", "-id"], name="notification_newest"),
            models.Index(fields=["store", "kind", "read_at"], name="notification_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.event}"
