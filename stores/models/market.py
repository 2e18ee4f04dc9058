"""The market: cards in cities, the offers on them, and how they move. Public, so shared by all tenants."""

from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from stores.models.fields import ArticleField
from stores.models.roles import Action, roles_that_may
from stores.models.store import Store
from stores.models.tenancy import TenantModel


class CompetitorStore(models.Model):
    """A merchant as the marketplace shows him."""

    merchant_id = ArticleField(_("merchant id"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=300)
    rating = models.FloatField(_("rating"), null=True, blank=True, help_text=_("0 to 5; empty without reviews."))
    reviews = models.PositiveIntegerField(_("reviews"), default=0)
    first_seen_at = models.DateTimeField(_("first seen"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("competitor store")
        verbose_name_plural = _("competitor stores")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Competitor(TenantModel):
    """One store's stance to a merchant it meets on its cards."""

    class Stance(models.TextChoices):
        RIVAL = "rival", _("Rival")
        OWN = "own", _("Own shop")
        PARTNER = "partner", _("Partner")
        IGNORED = "ignored", _("Ignored")

    NOT_RIVALS = (Stance.OWN, Stance.PARTNER, Stance.IGNORED)

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="competitors", verbose_name=_("store"), db_index=False
    )
    competitor_store = models.ForeignKey(
        CompetitorStore, models.CASCADE, related_name="stances", verbose_name=_("competitor store")
    )
    stance = models.CharField(_("stance"), max_length=10, choices=Stance.choices, default=Stance.RIVAL)
    notes = models.TextField(_("notes"), blank=True)
    contact = models.CharField(_("contact"), max_length=300, blank=True)
    # What `services/market/behaviour.py` says of the last weeks; empty until enough was seen.
    behaviour = models.JSONField(_("behaviour learnt"), default=dict, blank=True)
    is_bot = models.BooleanField(_("a robot"), null=True, blank=True, help_text=_("Empty: not known yet."))

    class Meta:
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        ordering = ["store", "competitor_store"]
        constraints = [
            models.UniqueConstraint(fields=["store", "competitor_store"], name="competitor_once_per_store"),
        ]

    def __str__(self) -> str:
        return f"{self.competitor_store} · {self.get_stance_display()}"


class MarketQuerySet(models.QuerySet):
    """Markets are public; a person's list holds those that the stores he belongs to sell in."""

    def for_user(self, user: Any) -> Self:
        """Markets of all stores whose prices this person may see, each once."""
        roles = roles_that_may(Action.SEE_PRICES, user)
        whose = {"product__store__memberships__user": user, "product__store__memberships__role__in": roles}
        return self.filter(_is_sold(**whose))

    def for_store(self, store: Any) -> Self:
        """Markets of one store (an instance or an id)."""
        return self.filter(_is_sold(product__store=store))

    def needed(self) -> Self:
        """Markets that are looked at: of stores whose price list has not ended with the subscription."""
        return self.filter(_is_sold(product__store__list_ended_at=None))

    def unneeded(self) -> Self:
        """The others."""
        return self.filter(~_is_sold(product__store__list_ended_at=None))


def _is_sold(**whose: Any) -> Exists:
    """Whether a store of these sells in the market."""
    prices = apps.get_model("stores", "CityPrice")
    return Exists(prices.everything.filter(market=OuterRef("pk"), **whose))


class CardMarket(models.Model):
    """A card in a city: all its offers together, and when to look at it next. One row whoever sells there."""

    card_id = ArticleField(_("card"), max_length=20)
    city_id = ArticleField(_("city"), max_length=9)

    # The picture
    lowest = models.PositiveIntegerField(_("lowest, ₸"), null=True)
    median = models.PositiveIntegerField(_("median, ₸"), null=True)
    offer_count = models.PositiveSmallIntegerField(_("offers"), default=0)
    leader = models.ForeignKey(
        CompetitorStore, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("leader")
    )
    looked_at = models.DateTimeField(_("looked"), null=True)
    changes_seen = models.PositiveIntegerField(_("changes seen"), default=0)

    # What the card usually asks: a slow average, not whole because it moves by less than a tenge a look
    watched_since = models.DateTimeField(_("watched since"), null=True)
    recent_median = models.FloatField(_("median lately, ₸"), null=True)
    # Answers that were taken for other units and not recorded, until the next good one: the median of the first of
    # those that agree, the newest of them, since when they agree and how many
    refused_median = models.PositiveIntegerField(_("median refused, ₸"), null=True)
    refused_at = models.DateTimeField(_("refused"), null=True)
    refused_since = models.DateTimeField(_("refused since"), null=True)
    refused_looks = models.PositiveIntegerField(_("looks refused"), default=0, db_default=0)

    # What a listing said of it last, and when
    listed_lowest = models.PositiveIntegerField(_("lowest as listed, ₸"), null=True)
    listed_leader = ArticleField(_("leader as listed"), max_length=64, blank=True)
    listed_at = models.DateTimeField(_("listed"), null=True)

    # How often it changes, as its looks have told, and how much it counts; see `services/market/policy`
    rate_changes = models.FloatField(_("changes learnt"), default=0.0, db_default=0.0)
    rate_exposure = models.FloatField(_("seconds of looking learnt"), default=0.0, db_default=0.0)
    rate_war = models.FloatField(_("probability of a price war"), default=0.03, db_default=0.03)
    value = models.FloatField(_("value"), null=True, help_text=_("1 is usual; empty: not known yet."))

    # The work: a market is looked at by whoever holds its claim, then decided once for each look
    next_look_at = models.DateTimeField(_("next look"), db_index=True)
    claim = ArticleField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)
    look_number = models.PositiveBigIntegerField(default=0)
    is_undecided = models.BooleanField(default=False, db_index=True)
    # When deciding the last look failed; None once it went well.
    undecidable_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(_("failed looks in a row"), default=0)
    # Looks since the last good one at which the marketplace had nothing to show: `market/cards_without_offers.py`.
    unknown_looks = models.PositiveIntegerField(_("looks that found no offers"), default=0, db_default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    everything = models.Manager()
    objects = MarketQuerySet.as_manager()

    class Meta:
        verbose_name = _("card market")
        verbose_name_plural = _("card markets")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["card_id", "city_id"], name="card_market_once_per_city")]
        indexes = [models.Index(fields=["claim"], name="card_market_claim")]

    def __str__(self) -> str:
        return f"{self.card_id} · {self.city_id}"


class Listing(TenantModel):
    """A store's listing in a city: pages that name its cards, each with its lowest price and best merchant there."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="listings", verbose_name=_("store"), db_index=False)
    city_id = ArticleField(_("city"), max_length=9)
    next_page = models.PositiveSmallIntegerField(_("next page"), default=0)
    next_read_at = models.DateTimeField(_("next reading"), db_index=True)
    claim = ArticleField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        ordering = ["store", "city_id"]
        constraints = [models.UniqueConstraint(fields=["store", "city_id"], name="listing_once_per_city")]
        indexes = [models.Index(fields=["claim"], name="listing_claim")]

    def __str__(self) -> str:
        return f"{self.store} · {self.city_id}"


class ListingTrust(models.Model):
    """
    Whether a city's listings tell what its offers tell: comparisons counted with a memory, the newest in full.

    `retry_at` empty: believed. Before that moment listings are not asked; after it they are, but nothing follows.
    """

    city_id = ArticleField(_("city"), max_length=9, unique=True)
    compared = models.FloatField(_("comparisons lately"), default=0)
    agreed = models.FloatField(_("agreed"), default=0)
    agreement = models.FloatField(_("agreement when last judged"), null=True)
    retry_at = models.DateTimeField(_("not believed; tried again"), null=True)

    class Meta:
        verbose_name = _("trust in listings")
        verbose_name_plural = _("trust in listings")
        ordering = ["city_id"]

    def __str__(self) -> str:
        return self.city_id


class WatchTempo(models.Model):
    """
    What all who look share, in one row: how much sooner a market is looked at that counts more, the shortest and
    longest time between two looks (seconds), and what is usual among all markets; see `services/market/policy`.
    """

    multiplier = models.FloatField(_("multiplier"))
    shortest = models.FloatField(_("shortest interval, s"))
    longest = models.FloatField(_("longest interval, s"))
    usual_rate = models.FloatField(_("usual changes a second"))
    usual_shape = models.FloatField(_("usual likeness"))
    usual_war = models.FloatField(_("usual share of price wars"))
    tuned_at = models.DateTimeField(_("tuned"), null=True)

    claim = ArticleField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("tempo of the watch")
        verbose_name_plural = _("tempo of the watch")

    def __str__(self) -> str:
        return f"× {self.multiplier:.3g}"


class CompetitorProduct(models.Model):
    """A merchant's offer on a card in a city as it stands now."""

    market = models.ForeignKey(
        CardMarket, models.CASCADE, related_name="offers", verbose_name=_("card market"), db_index=False
    )
    competitor_store = models.ForeignKey(
        CompetitorStore, models.CASCADE, related_name="offers", verbose_name=_("competitor store")
    )
    price = models.PositiveIntegerField(_("price, ₸"))
    place = models.PositiveSmallIntegerField(_("place"))
    preorder_days = models.PositiveSmallIntegerField(_("pre-order, days"), default=0)
    delivers_at = models.DateTimeField(_("delivers"), null=True, blank=True)
    delivery_duration = models.CharField(_("delivery"), max_length=20, blank=True)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("competitor product")
        verbose_name_plural = _("competitor products")
        ordering = ["market", "place"]
        constraints = [
            models.UniqueConstraint(fields=["market", "competitor_store"], name="competitor_product_once_per_market"),
            models.CheckConstraint(condition=Q(price__gte=1), name="competitor_product_price_at_least_1"),
        ]

    def __str__(self) -> str:
        return f"{self.competitor_store}: {self.price}"


class CompetitorProductMonitoring(models.Model):
    """One observed change of a merchant's offer. Append-only."""

    class Kind(models.TextChoices):
        CAME = "came", _("Came")
        MOVED = "moved", _("Moved")
        LEFT = "left", _("Left")
        RETURNED = "returned", _("Returned")

    market = models.ForeignKey(
        CardMarket, models.CASCADE, related_name="history", verbose_name=_("card market"), db_index=False
    )
    competitor_store = models.ForeignKey(
        CompetitorStore, models.CASCADE, related_name="history", verbose_name=_("competitor store")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    price_before = models.PositiveIntegerField(_("before, ₸"), null=True)
    price_after = models.PositiveIntegerField(_("after, ₸"), null=True)
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("observed change")
        verbose_name_plural = _("observed changes")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["market", "seen_at"], name="monitoring_market_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="came", price_before__isnull=True, price_after__isnull=False)
                | Q(kind="moved", price_before__isnull=False, price_after__isnull=False)
                | Q(kind="left", price_before__isnull=False, price_after__isnull=True)
                | Q(kind="returned", price_after__isnull=False),
                name="monitoring_prices_fit_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.price_before} → {self.price_after}"


class CompetitorProductDay(models.Model):
    """
    One Almaty day of a merchant's offer on a card in a city: what is left of the observed changes of long ago.

    Days without a change have no row: the price of the last row before goes on. `close` is None when the offer was
    gone at the end of the day. The key is what the row is about, so a day costs no second index.
    """

    pk = models.CompositePrimaryKey("market_id", "competitor_store_id", "day")
    market = models.ForeignKey(
        CardMarket, models.CASCADE, related_name="days", db_index=False, verbose_name=_("card market")
    )
    competitor_store = models.ForeignKey(
        CompetitorStore, models.CASCADE, related_name="days", verbose_name=_("competitor store")
    )
    day = models.DateField(_("day"))
    open = models.PositiveIntegerField(_("open, ₸"))
    low = models.PositiveIntegerField(_("low, ₸"))
    high = models.PositiveIntegerField(_("high, ₸"))
    close = models.PositiveIntegerField(_("close, ₸"), null=True)
    changes = models.PositiveIntegerField(_("changes"))

    class Meta:
        verbose_name = _("day of an offer")
        verbose_name_plural = _("days of offers")
        constraints = [
            models.CheckConstraint(
                condition=Q(low__gte=1, low__lte=models.F("open"), high__gte=models.F("open")),
                name="offer_day_low_open_high",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.open} → {self.close}"
