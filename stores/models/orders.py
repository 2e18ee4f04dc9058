"""Orders as the marketplace has them, their lines, and the buyers known from them."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.models.catalogue import Product
from stores.models.fields import ArticleField, money_field
from stores.models.roles import Action
from stores.models.store import SalesPoint, Store
from stores.models.tenancy import TenantModel

# The end of a clock that does not run: after all others, so that a list sorted by the ends has no holes.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Client(TenantModel):
    """A buyer, known from an order and used for that order only."""

    seen_with = Action.SEE_ORDERS

    store = models.ForeignKey(Store, models.CASCADE, related_name="clients", verbose_name=_("store"), db_index=False)
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

    CANCELLED_STATUSES = (Status.CANCELLING, Status.CANCELLED)
    # Handed over, and on the way back or back.
    RETURNED_STATUSES = (
        Status.KASPI_DELIVERY_RETURN_REQUESTED,
        Status.RETURN_ACCEPTED_BY_MERCHANT,
        Status.RETURNED,
    )

    class Duty(models.TextChoices):
        ACCEPT = "accept", _("Accept")
        ARRIVE = "arrive", _("Wait for the goods")
        ASSEMBLE = "assemble", _("Assemble")
        HAND_OVER = "hand_over", _("Hand over to Kaspi")
        HAND_OUT = "hand_out", _("Give to the buyer")
        DELIVER = "deliver", _("Deliver")
        DECIDE = "decide", _("Answer the return")
        TAKE_BACK = "take_back", _("Take the goods back")

    store = models.ForeignKey(Store, models.CASCADE, related_name="orders", verbose_name=_("store"), db_index=False)
    code = ArticleField(_("number"), max_length=32)
    marketplace_id = ArticleField(_("marketplace id"), max_length=64)
    client = models.ForeignKey(
        Client, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name=_("client")
    )
    sales_point = models.ForeignKey(
        SalesPoint, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name=_("sales point")
    )
    # The marketplace's own words: one that is not among the choices is kept as it came.
    state = models.CharField(_("state"), max_length=40, choices=State.choices)
    status = models.CharField(_("status"), max_length=40, choices=Status.choices)
    delivery_mode = models.CharField(_("delivery"), max_length=40, blank=True)
    is_kaspi_delivery = models.BooleanField(_("Kaspi Delivery"), default=False)
    is_express = models.BooleanField(_("Express"), default=False)
    is_preorder = models.BooleanField(_("pre-order"), default=False)
    is_assembled = models.BooleanField(_("assembled"), default=False)
    is_back_at_warehouse = models.BooleanField(_("back at the drop-off place"), default=False)
    payment_mode = models.CharField(_("payment"), max_length=40, blank=True)
    credit_months = models.PositiveSmallIntegerField(_("credit, months"), default=0)
    signature_required = models.BooleanField(_("papers to be signed"), default=False)
    cancellation_reason = models.CharField(_("reason of cancelling"), max_length=60, blank=True)
    waybill_url = models.CharField(max_length=500, blank=True, editable=False)
    waybill_number = ArticleField(_("waybill"), max_length=64, blank=True)
    total_price = money_field(verbose_name=_("total, ₸"))
    delivery_cost = money_field(verbose_name=_("delivery paid by the buyer, ₸"), null=True, blank=True)
    delivery_cost_for_seller = money_field(
        verbose_name=_("delivery charged to the seller, ₸"),
        null=True,
        blank=True,
        help_text=_("VAT included, as charged."),
    )
    placed_at = models.DateTimeField(_("placed"))
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    planned_delivery_at = models.DateTimeField(_("promised"), null=True, blank=True)
    reserved_until = models.DateTimeField(_("reserved until"), null=True, blank=True)
    handover_planned_at = models.DateTimeField(_("hand-over planned"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    raw = models.JSONField(_("as received"), default=dict, blank=True)
    created_at = models.DateTimeField(_("first read"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)
    # The moment before the answer that told it was asked for: what is older never overwrites what is newer.
    read_at = models.DateTimeField(_("last read"), default=timezone.now)
    # When the order is to be read by itself, and how often in a row that was put off.
    check_at = models.DateTimeField(null=True, editable=False)
    checks = models.PositiveSmallIntegerField(default=0, editable=False)
    # The stage that one answer told and that does not follow from ours: believed when a second one says the same.
    doubted_stage = models.CharField(max_length=20, blank=True, editable=False)
    # The store's tax regime when the order came; empty: not known then.
    tax_regime = ArticleField(_("tax regime"), max_length=64, blank=True, default="", db_default="")
    # The fees by which the account was reckoned were read then; empty: it is to be reckoned.
    reckoned_at = models.DateTimeField(null=True, editable=False)
    # What is to be done next, since when we know it, and by when; `services/orders/clocks.py` keeps these true.
    duty = models.CharField(_("to do"), max_length=12, choices=Duty.choices, blank=True, default="", db_default="")
    duty_since = models.DateTimeField(_("to do since"), null=True, blank=True)
    next_deadline_at = models.DateTimeField(_("until"), default=NEVER, db_default=NEVER)
    # When somebody is to be reminded.
    alarm_at = models.DateTimeField(null=True, editable=False)
    # The goods were seen on their way at least once: what is cancelled later comes back by a person's word only.
    has_left = models.BooleanField(default=False, db_default=False, editable=False)
    # When we saw that it was accepted: its pieces are set aside since then. Empty where it came as an accepted one.
    accepted_at = models.DateTimeField(null=True, editable=False)
    # Since when the stock waits to follow what was read of the order; empty: it has.
    stock_due_at = models.DateTimeField(null=True, editable=False)
    # When nothing was left to do, as far as is known the soonest; and since when nothing of the buyer is left here.
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    buyer_forgotten_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="order_code_once_per_store"),
            models.UniqueConstraint(fields=["store", "marketplace_id"], name="order_id_once_per_store"),
        ]
        indexes = [
            models.Index(fields=["store", "state", "placed_at"], name="order_tray"),
            models.Index(fields=["store", "-placed_at"], name="order_newest"),
            models.Index(fields=["check_at"], name="order_to_check"),
            models.Index(fields=["reckoned_at"], name="order_to_reckon"),
            models.Index(fields=["store", "duty", "next_deadline_at"], name="order_duty"),
            models.Index(fields=["alarm_at"], name="order_to_alarm"),
            models.Index(fields=["stock_due_at"], name="order_stock_due"),
            models.Index(fields=["store", "accepted_at"], name="order_accepted"),
            models.Index(fields=["buyer_forgotten_at", "ended_at"], name="order_to_forget"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def deadline_at(self) -> datetime | None:
        """When the order's clock ends; None where none runs."""
        return None if self.next_deadline_at == NEVER else self.next_deadline_at


class OrderItem(TenantModel):
    """A line of an order."""

    seen_with = Action.SEE_ORDERS

    path_to_store = "order__store"
    # The marketplace's word for goods that are not sold by weight.
    PIECES = "PIECES"

    order = models.ForeignKey(Order, models.CASCADE, related_name="items", verbose_name=_("order"), db_index=False)
    entry_number = models.PositiveSmallIntegerField(_("line"))
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="order_items", verbose_name=_("product")
    )
    entry_id = ArticleField(_("marketplace id"), max_length=64, blank=True)
    sku = ArticleField(_("SKU"), max_length=64)
    card_id = ArticleField(_("card"), max_length=20, blank=True)
    name = models.CharField(_("name"), max_length=1024)
    category_code = models.CharField(_("category"), max_length=512, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), help_text=_("0 for a line that was cancelled."))
    unit_type = models.CharField(max_length=40, default=PIECES, editable=False)
    weight_g = models.FloatField(_("weight, g"), default=0.0, help_text=_("Of goods sold by weight."))
    needs_imei = models.BooleanField(_("IMEI to be told"), default=False)
    base_price = money_field(verbose_name=_("price each, ₸"))
    total_price = money_field(verbose_name=_("total, ₸"))
    # Of one piece, as the product had it when the order came: a later change does not rewrite what was earned.
    unit_cost = money_field(verbose_name=_("purchase cost, ₸"), null=True, blank=True)
    unit_packaging = money_field(verbose_name=_("packaging cost, ₸"), null=True, blank=True)
    unit_weight_g = models.PositiveIntegerField(_("weight of a piece, g"), null=True, blank=True)

    class Meta:
        verbose_name = _("order item")
        verbose_name_plural = _("order items")
        ordering = ["order", "entry_number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "entry_number"], name="order_item_once_per_order"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} × {self.quantity}"


class OrderAction(TenantModel):
    """
    One thing done to an order through the marketplace: written before it is sent, and sent once.

    An answer that got lost is not a reason to send again: the order is read instead, until it shows what came of it.
    """

    class Kind(models.TextChoices):
        ACCEPT = "accept", _("Accept")
        CANCEL = "cancel", _("Cancel")
        REDUCE = "reduce", _("Cancel a part")
        WEIGH = "weigh", _("Tell the weight")
        ASSEMBLE = "assemble", _("Assemble")
        SEND_CODE = "send_code", _("Send the code to the buyer")
        ISSUE = "issue", _("Hand over by code")
        IMEI = "imei", _("Tell the IMEI")
        ARRIVE = "arrive", _("Goods of the pre-order came")
        TAKE_BACK = "take_back", _("Goods are back")

    class State(models.TextChoices):
        PLANNED = "planned", _("To be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Taken by the marketplace")
        LOST = "lost", _("No answer, being looked up")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused by the marketplace")
        NOT_DONE = "not_done", _("Without effect")
        UNCLEAR = "unclear", _("Unknown, look in the cabinet")

    class Why(models.TextChoices):
        REFUSED = "refused", _("The marketplace said no.")
        NO_ANSWER = "no_answer", _("No answer came, and the order does not show what came of it. Look in the cabinet.")
        NO_EFFECT = "no_effect", _("The order does not show it. It may be tried again.")
        MOVED_ON = "moved_on", _("The order had moved on before it was sent.")
        TOKEN = "token", _("The marketplace refuses the store's API token.")
        LATE = "late", _("It could not be sent in time.")
        STOPPED = "stopped", _("The store was stopped, or its rules were changed, before it was sent.")
        CLOSED = "closed", _("The store was closed before it could be sent.")

    OPEN = (State.PLANNED, State.SENDING, State.SENT, State.LOST)

    store = models.ForeignKey(Store, models.CASCADE, related_name="order_actions", verbose_name=_("store"))
    order = models.ForeignKey(Order, models.CASCADE, related_name="actions", verbose_name=_("order"))
    # The order while the action is open, so that there is one at a time.
    holds = models.OneToOneField(
        Order,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="open_action",
        editable=False,
        verbose_name=_("order that waits for it"),
    )
    kind = models.CharField(_("what"), max_length=20, choices=Kind.choices)
    arguments = models.JSONField(_("how"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by whom")
    )
    why = models.CharField(_("why not"), max_length=10, choices=Why.choices, blank=True)
    refusal = models.CharField(_("the marketplace's words"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    next_try_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("action on an order")
        verbose_name_plural = _("actions on orders")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="planned") | Q(sent_at__isnull=False), name="order_action_sent_has_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "sending", "sent", "lost"], holds__isnull=False)
                | Q(state__in=["done", "refused", "not_done", "unclear"], holds__isnull=True),
                name="order_action_holds_while_open",
            ),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="order_action_due")]

    def __str__(self) -> str:
        return f"{self.order} · {self.get_kind_display()}"


class OrderReading(TenantModel):
    """How far a store's orders are read in one tray of the marketplace, and when it is read again."""

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="order_readings", verbose_name=_("store"), db_index=False
    )
    tray = models.CharField(_("tray"), max_length=20, choices=Order.State.choices)
    # Orders placed from here on are read; those placed before `read_until` have been, at least once.
    reads_from = models.DateTimeField(_("read from"))
    read_until = models.DateTimeField(_("read until"))
    finished_at = models.DateTimeField(_("last read whole"), null=True, blank=True)
    # When the last reading far back began, and where a reading that was interrupted goes on.
    swept_at = models.DateTimeField(_("last read far back"), null=True, blank=True)
    resume_at = models.DateTimeField(null=True, editable=False)
    next_read_at = models.DateTimeField(_("next reading"))
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    unread = models.PositiveIntegerField(_("not understood"), default=0)
    claim = ArticleField(max_length=32, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("reading of orders")
        verbose_name_plural = _("readings of orders")
        constraints = [models.UniqueConstraint(fields=["store", "tray"], name="order_reading_once_per_tray")]
        indexes = [models.Index(fields=["next_read_at"], name="order_reading_due")]

    def __str__(self) -> str:
        return f"{self.store} · {self.tray}"
