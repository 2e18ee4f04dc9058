"""Changes of our prices, the price lists that carry them, the marketplace's pulls, and the switch that stops it all."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stores.models.catalogue import CityPrice, Product
from stores.models.fields import MIN_PRICE, ArticleField, price_field
from stores.models.rules import PricingRule
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class PriceListVersion(TenantModel):
    """One price list that was built: live for a while, or refused by the checker."""

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="price_list_versions", verbose_name=_("store"), db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    sha256 = ArticleField(_("checksum"), max_length=64)
    size = models.PositiveBigIntegerField(_("bytes"))
    offer_count = models.PositiveIntegerField(_("offers"))
    keeps_prices = models.BooleanField(
        _("prices of before"),
        default=False,
        db_default=False,
        help_text=_("Built while prices were stopped: the stock is of its time, the prices are of the list before it."),
    )
    refusal = models.JSONField(_("refused because"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("accepted by"),
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("built"), auto_now_add=True)

    class Meta:
        verbose_name = _("price list version")
        verbose_name_plural = _("price list versions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="price_list_number_once_per_store"),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.number}"


class PriceListPull(TenantModel):
    """One fetch of a store's price list by the marketplace."""

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="price_list_pulls", verbose_name=_("store"), db_index=False
    )
    version_number = models.PositiveIntegerField(_("version"))
    status = models.PositiveSmallIntegerField(_("HTTP status"))
    user_agent = models.CharField(_("user agent"), max_length=300, blank=True)
    address = models.CharField(_("address"), max_length=45, blank=True, default="", db_default="")
    size = models.PositiveBigIntegerField(_("bytes"), default=0, db_default=0)
    pulled_at = models.DateTimeField(_("pulled"))

    class Meta:
        verbose_name = _("price list pull")
        verbose_name_plural = _("price list pulls")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["store", "pulled_at"], name="pull_store_time")]

    def __str__(self) -> str:
        return f"{self.store} · {self.version_number} · {self.status}"


class ProductPriceUpdate(TenantModel):
    """
    One intended change of our price in one city: from, to, why, and how far it has got.

    What was decided is never overwritten; only the state moves on. `why` holds codes and numbers; sentences for people
    are made from it at the edge, in the reader's language.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waits for a person")
        APPROVED = "approved", _("Approved")
        PUBLISHED = "published", _("In the price list")
        PULLED = "pulled", _("Fetched by the marketplace")
        SEEN = "seen", _("Seen on the storefront")
        HELD = "held", _("Held")
        REFUSED = "refused", _("Refused by a person")
        SUPERSEDED = "superseded", _("Overtaken by a newer one")
        UNDONE = "undone", _("Undone")
        EXPIRED = "expired", _("Not answered in time")

    class Origin(models.TextChoices):
        RULE = "rule", _("Rule")
        PERSON = "person", _("Person")

    # States in which the new price is, or is about to be, the one that buyers pay.
    LEAVING = (State.APPROVED, State.PUBLISHED, State.PULLED, State.SEEN)

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="price_updates", verbose_name=_("store"), db_index=False
    )
    product = models.ForeignKey(Product, models.CASCADE, related_name="price_updates", verbose_name=_("product"))
    city_price = models.ForeignKey(
        CityPrice, models.CASCADE, related_name="updates", verbose_name=_("city price"), db_index=False
    )
    city_id = ArticleField(_("city"), max_length=9)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    old_price = price_field(verbose_name=_("from, ₸"))
    new_price = models.PositiveIntegerField(_("to, ₸"))
    floor = price_field(verbose_name=_("floor then, ₸"), null=True, blank=True)
    ceiling = price_field(verbose_name=_("ceiling then, ₸"), null=True, blank=True)
    hold_code = models.CharField(_("held because"), max_length=40, blank=True)
    why = models.JSONField(_("why"), default=dict)
    rule = models.ForeignKey(
        PricingRule, models.SET_NULL, null=True, blank=True, related_name="price_updates", verbose_name=_("rule")
    )
    undoes = models.ForeignKey(
        "self", models.SET_NULL, verbose_name=_("undoes"), null=True, blank=True, related_name="undone_by"
    )
    # The look it was decided from. One look leads to one decision: the unique pair holds even when two workers decide.
    look_number = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    price_list_number = models.PositiveIntegerField(_("price list"), null=True, blank=True)

    created_at = models.DateTimeField(_("decided"), auto_now_add=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    pulled_at = models.DateTimeField(_("pulled"), null=True, blank=True)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("price update")
        verbose_name_plural = _("price updates")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["city_price", "look_number"], name="price_update_once_per_look"),
            # A rule needs both limits; a person may do without, but goes past none that is there.
            models.CheckConstraint(
                condition=Q(state__in=["held", "refused", "superseded", "undone"])
                | Q(
                    floor__isnull=False,
                    ceiling__isnull=False,
                    new_price__gte=F("floor"),
                    new_price__lte=F("ceiling"),
                )
                | Q(origin="person", new_price__gte=MIN_PRICE)
                & (Q(floor__isnull=True) | Q(new_price__gte=F("floor")))
                & (Q(ceiling__isnull=True) | Q(new_price__lte=F("ceiling"))),
                name="price_update_within_limits",
            ),
            models.CheckConstraint(condition=~Q(state="held") | ~Q(hold_code=""), name="price_update_held_has_reason"),
        ]
        indexes = [
            models.Index(fields=["store", "state"], name="price_update_store_state"),
            models.Index(fields=["state", "created_at"], name="price_update_state_time"),
            models.Index(fields=["city_price", "state"], name="price_update_city_state"),
            models.Index(fields=["city_price", "-id"], name="price_update_of_price"),
            models.Index(fields=["store", "approved_at"], name="price_update_budget"),
            models.Index(fields=["approved_at"], name="price_update_left"),
            models.Index(fields=["store", "-id"], name="price_update_newest"),
            models.Index(fields=["store", "price_list_number"], name="price_update_list"),
            models.Index(fields=["state", "published_at"], name="price_update_unpulled"),
            models.Index(fields=["state", "pulled_at"], name="price_update_unseen"),
        ]

    def __str__(self) -> str:
        return f"{self.product.sku}: {self.old_price} → {self.new_price}"


class PriceTurn(TenantModel):
    """
    A price that rules want to change and that waits for a place among the changes the marketplace takes.

    It says who goes first, and nothing of the price that will leave: when the turn comes, that is decided anew.
    """

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="price_turns", verbose_name=_("store"), db_index=False
    )
    city_price = models.OneToOneField(CityPrice, models.CASCADE, related_name="turn", verbose_name=_("city price"))
    worth = models.FloatField(_("expected, ₸ in half an hour"))
    is_correction = models.BooleanField(_("under its floor"))
    waits_since = models.DateTimeField(_("waits since"))
    # The order of the queue; see `services/prices/queue.py`.
    place_at = models.DateTimeField(_("place in the line"))
    # The look that it was last wished from; what an older look says does not end the wish.
    look_number = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("price that waits for its turn")
        verbose_name_plural = _("prices that wait for their turn")
        ordering = ["-is_correction", "place_at", "pk"]
        indexes = [models.Index(fields=["store", "place_at"], name="price_turn_line")]

    def __str__(self) -> str:
        return str(self.city_price)


class BreakerTrip(TenantModel):
    """
    A breaker that tripped: it paused a product, a store, or (without a store) stopped everything, as a backup does.

    What happened before it is spent: whoever is resumed is judged by what comes after. `facts`: what was counted.
    """

    class Code(models.TextChoices):
        BLOCKED = "blocked", _("too many prices that rules wanted were blocked")
        MOVED_TOGETHER = "moved_together", _("too many prices moved far in one direction at once")
        FALLS_WITHOUT_SALE = "falls_without_sale", _("the price fell again and again without a sale")
        STORES_PAUSED = "stores_paused", _("several stores paused within half an hour")
        OTHER_UNITS = "other_units", _("the marketplace seems to answer in other units")
        TRIPWIRE = "tripwire", _("a forbidden price would have left in a drill")
        FROM_BACKUP = "from_backup", _("the data came back from a backup, and what was changed since is lost")

    code = models.CharField(_("reason"), max_length=20, choices=Code.choices)
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, blank=True, related_name="breaker_trips", verbose_name=_("store")
    )
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="breaker_trips", verbose_name=_("product")
    )
    facts = models.JSONField(_("facts"), default=dict)
    tripped_at = models.DateTimeField(_("tripped"), auto_now_add=True)

    class Meta:
        verbose_name = _("breaker trip")
        verbose_name_plural = _("breaker trips")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.get_code_display())


class PriceStop(models.Model):
    """
    The switch for everything: while a row stands here, no price leaves. With the one of a backup nothing leaves at all.

    A row, not a flag in Redis: it is read in the transaction that sends, and works when all else is broken. A person's
    stop has a reason in his words; a breaker's has its code, and at most one row for each.
    """

    reason = models.CharField(_("reason"), max_length=300)
    code = ArticleField(
        _("breaker"), max_length=20, choices=BreakerTrip.Code.choices, null=True, unique=True, editable=False
    )
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("stopped by")
    )
    stopped_at = models.DateTimeField(_("stopped"), auto_now_add=True)

    class Meta:
        verbose_name = _("price stop")
        verbose_name_plural = _("price stops")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.reason or str(self.get_code_display())
